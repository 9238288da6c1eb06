"""A small release with quality tables, for tests of pages and workbooks: rows in, a file out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]

TABLES = """
create schema ops;
create schema quality;
create table ops.refreshes (
    refresh_id varchar, status varchar, as_of date, started_at timestamp
);
create table quality.violations (
    violation_id varchar, problem_id varchar, rule varchar, title varchar, severity varchar,
    kahn_category varchar,
    extract varchar, site varchar, source_file varchar, source_row integer, record_key varchar,
    field varchar, found varchar, why varchar, status varchar, caused_by_file varchar,
    caused_by_row integer, closed_by_file varchar,
    closed_how varchar, is_new boolean, delivered_on date, first_seen_on date, last_seen_on date,
    closed_on date, age_days integer, expected varchar, action varchar
);
create table quality.check_results (
    refresh_id varchar, rule varchar, title varchar, extract varchar, site varchar,
    kahn_category varchar, severity varchar, status varchar, rows_checked bigint,
    rows_failed bigint, threshold_share double, is_within_threshold boolean, delivered_on date
);
create table quality.scorecard (
    kahn_category varchar, extract varchar, site varchar, rows_checked bigint, rows_failed bigint,
    n_rules bigint, passed_share double
);
create table quality.deliveries (
    source_file varchar, site varchar, extract varchar, mode varchar, status varchar,
    reason varchar, duplicate_of varchar, rows_in_file bigint, rows_accepted bigint,
    rows_rejected bigint, rows_unreadable bigint, rows_unread bigint, rows_no_record bigint,
    rows_left_out bigint,
    rows_current bigint, rows_superseded bigint, rows_withdrawn bigint, rows_warned bigint,
    is_balanced boolean, delivered_on date
);
create table quality.rules_off (
    site varchar, rule varchar, title varchar, because varchar, is_off boolean
);
create table quality.site_ranges (
    site varchar, extract varchar, field varchar, possible varchar, usual varchar,
    possible_elsewhere varchar, usual_elsewhere varchar
);
create table quality.site_thresholds (
    site varchar, rule varchar, title varchar, max_failed_share double, min_rows integer,
    consequence varchar, max_failed_share_elsewhere double, min_rows_elsewhere integer,
    consequence_elsewhere varchar, problem varchar
);
create table quality.unavailable (
    site varchar, kind varchar, study varchar, name varchar, label varchar,
    missing_fields varchar
);
create table quality.skipped_files (source_file varchar, reason varchar, needs_correction boolean);
create table quality.expected_deliveries (
    site varchar, extract varchar, is_study_site boolean, status varchar, usual_by varchar,
    n_delivery_days integer, usual_days integer, last_delivered_on date, expected_on date,
    days_overdue integer
);
create table quality.delivery_findings (
    rule varchar, title varchar, extract varchar, site varchar, delivered_on date,
    measured double, unit varchar, measured_on bigint, expected varchar, severity varchar,
    consequence varchar, why varchar, action varchar, first_seen_on date, age_days integer,
    is_new boolean
);
"""

FRIDAY, SATURDAY, SUNDAY = date(2022, 6, 3), date(2022, 6, 4), date(2022, 6, 5)
PLANTED = "PLANTED-13800138000"


def violation(number: int, **facts: Any) -> Row:
    """An open query of the middle day about a cell of hospital a, changed by ``facts``."""
    return {
        "violation_id": f"v{number}",
        "problem_id": f"p{number}",
        "rule": "admissions.baseline_nihss.range",
        "title": "Baseline NIHSS out of range",
        "severity": "reject",
        "kahn_category": "conformance",
        "extract": "admissions",
        "site": "a",
        "source_file": "a/2022-06-04/admissions.csv",
        "source_row": number,
        "record_key": f"{number:020x}",
        "field": "baseline_nihss",
        "found": PLANTED,
        "why": "A value outside this range is an error of entry or of unit.",
        "status": "open",
        "is_new": False,
        "delivered_on": SATURDAY,
        "first_seen_on": SATURDAY,
        "last_seen_on": SUNDAY,
        "age_days": 1,
        "expected": "between 0 and 42",
        "action": "Correct Baseline NIHSS at the source and deliver the row again.",
    } | facts


def check_result(when: date, rows_failed: int, **facts: Any) -> Row:
    """A judgement of the NIHSS rule on hospital a's delivery, changed by ``facts``."""
    return {
        "refresh_id": refresh_id(when),
        "rule": "admissions.baseline_nihss.range",
        "title": "Baseline NIHSS out of range",
        "extract": "admissions",
        "site": "a",
        "kahn_category": "conformance",
        "severity": "reject",
        "status": "failed" if rows_failed else "passed",
        "rows_checked": 40,
        "rows_failed": rows_failed,
        "threshold_share": 0,
        "is_within_threshold": not rows_failed,
        "delivered_on": SATURDAY,
    } | facts


def finding(**facts: Any) -> Row:
    """What hospital a's newest delivery does not meet as a whole, changed by ``facts``."""
    return {
        "rule": "admissions.volume.steady",
        "title": "Volume",
        "extract": "admissions",
        "site": "a",
        "delivered_on": SUNDAY,
        "measured": 0.25,
        "unit": "ratio",
        "measured_on": 3,
        "expected": "0.4 to 6 times the mean",
        "consequence": "flag",
        "why": "An export may have been cut.",
        "action": "Compare.",
        "first_seen_on": SUNDAY,
        "age_days": 0,
        "is_new": True,
    } | facts


def delivery(source_file: str, **facts: Any) -> Row:
    """A landed file of 40 rows that balances, changed by ``facts``."""
    return {
        "source_file": source_file,
        "site": source_file.split("/")[0],
        "extract": "admissions",
        "mode": "delta",
        "status": "landed",
        "rows_in_file": 40,
        "rows_accepted": 37,
        "rows_rejected": 2,
        "rows_unreadable": 1,
        "rows_unread": 0,
        "rows_no_record": 0,
        "rows_left_out": 0,
        "rows_current": 36,
        "rows_superseded": 1,
        "rows_withdrawn": 0,
        "rows_warned": 0,
        "is_balanced": True,
        "delivered_on": SATURDAY,
    } | facts


def refresh_id(when: date) -> str:
    """The id of the refresh of a day."""
    return f"{when:%Y%m%d}T020000Z"


def write_release(path: Path, days: Sequence[date] = (SUNDAY,), **tables: Sequence[Row]) -> Path:
    """A release file after refreshes of these days; ``tables`` are the quality tables' rows."""
    refreshes = [
        {
            "refresh_id": refresh_id(when),
            "status": "published",
            "as_of": when,
            "started_at": datetime(when.year, when.month, when.day, 2),
        }
        for when in days
    ]
    with duckdb.connect(path) as connection:
        connection.execute(TABLES)
        _insert(connection, "ops.refreshes", refreshes)
        for table, rows in tables.items():
            _insert(connection, f"quality.{table}", rows)
    return path


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    for row in rows:
        connection.execute(
            f"insert into {table} ({', '.join(row)}) values ({', '.join('?' * len(row))})",
            list(row.values()),
        )

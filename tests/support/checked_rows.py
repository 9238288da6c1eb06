"""Work databases for the tests of the checks: one valid row per extract, varied as a test asks."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import EXTRACTS, DictionaryField, Extract, dictionary
from warehouse.expectations.suites import RuleBook, Suite, rule_book
from warehouse.raw_columns import (
    ACCEPTED_CORRECTIONS,
    FILES,
    LANDING_VIOLATIONS,
    RULES_OFF,
    SITE_RANGES,
    SITE_THRESHOLDS,
    TIME_ZONES,
    landed_columns,
)

SITE = "centre"
# Where each case is a site of its own, all sites have the same patients: the rules across sites
# would see nothing else. They have tests of their own (test_checks_sites.py).
ACROSS_SITES = ("same_stroke_at_two_sites", "content.of_one_site")
DELIVERED_ON = date(2022, 6, 1)

VALID: dict[str, dict[str, Any]] = {
    "admissions": {
        "patient_key": "p1",
        "birth_date": date(1955, 4, 2),
        "sex": "female",
        "onset_at": datetime(2021, 3, 1, 8, 0),
        "arrived_at": datetime(2021, 3, 1, 9, 30),
        "prestroke_mrs": 0,
        "etiology": "large_artery_atherosclerosis",
        "hypertension": True,
        "platelets_giga_per_l": 190,
        "glucose_mmol_per_l": 7.2,
        "systolic_bp_mmhg": 160,
        "baseline_nihss": 15,
        "aspects": 9,
        "consent_given": True,
    },
    "procedures": {
        "procedure_key": "t1",
        "patient_key": "p1",
        "puncture_at": datetime(2021, 3, 1, 10, 30),
        "ended_at": datetime(2021, 3, 1, 11, 30),
        "occlusion_site": "mca_m1",
        "ivt": True,
        "anesthesia": "general",
        "device": "solitaire_ab",
        "passes": 2,
        "residual_stenosis_pct": 80,
        "mtici_after_mt": "2a",
        "rescue_stent": "placed",
        "balloon_angioplasty": False,
        "tirofiban": True,
        "artery_perforation": True,
        "mtici_final": "3",
    },
    "imaging": {
        "imaging_key": "i1",
        "patient_key": "p1",
        "imaged_at": datetime(2021, 3, 2, 9, 0),
        "modality": "cta",
        "hemorrhage_type": "HI-1",
        "nihss_at_imaging": 14,
        "stent_patency": "patent",
    },
    "followups": {
        "patient_key": "p1",
        "assessed_on": date(2021, 5, 30),
        "mode": "telephone",
        "mrs": 2,
        "death_date": None,
        "lost_to_followup": False,
    },
}


def _typical(extract: Extract) -> dict[str, Any]:
    """A row of an extract by the dictionary alone, of a stroke like those in ``VALID``."""
    return {
        str(field.landed_name): {extract.own_number: f"{extract.name[0]}1", "patient_id": "p1"}.get(
            field.name
        )
        if field.identifier
        else typical_value(field)
        for field in extract.landed_fields
    }


def typical_value(field: DictionaryField) -> Any:
    """A value that is possible and usual for a field."""
    codes = dictionary().codes(field)
    lowest = (field.usual and field.usual.minimum) or field.constraints.minimum or 1
    return {
        "string": codes.values[0] if codes else "text",
        "boolean": True,
        "date": date(2021, 3, 2),
        "datetime": datetime(2021, 3, 2, 9, 0),
    }.get(field.type, int(codes.values[0]) if codes and field.type == "integer" else lowest)


VALID |= {
    name: _typical(extract) for name, extract in dictionary().extracts.items() if name not in VALID
}


def valid(extract: str, **changes: Any) -> dict[str, Any]:
    """The valid row of an extract, with changes (landing's own columns included)."""
    return VALID[extract] | changes


def work_database(path: Path, rows: dict[str, list[dict[str, Any]]]) -> Path:
    """A work database with these rows; an extract that is not named holds its valid row.

    Rows are numbered from line 2 of one file per extract, unless they say otherwise.
    """
    path.parent.mkdir(exist_ok=True)
    with duckdb.connect(path) as connection:
        connection.execute("create schema raw")
        for extract in EXTRACTS:
            _load(connection, extract, rows.get(extract, [valid(extract)]))
        _create(connection, "landing_violations", LANDING_VIOLATIONS)
        _create(connection, "files", FILES)
        _create(connection, "accepted_corrections", ACCEPTED_CORRECTIONS)
        _create(connection, "rules_off", RULES_OFF)
        _create(connection, "site_thresholds", SITE_THRESHOLDS)
        _create(connection, "site_ranges", SITE_RANGES)
        _create(connection, "time_zones", TIME_ZONES)
        for extract in EXTRACTS:
            connection.execute(
                "insert into raw.files (file_id, source_file, site, delivered_on, extract, status) "
                "select distinct file_id, source_file, site, delivered_on, "
                f"'{extract}', 'landed' from raw.{extract}"
            )
    return path


def within_sites() -> RuleBook:
    """The project's rules without those across sites."""
    book = rule_book()
    suites = {
        extract: Suite(*(tuple(r for r in part if r.name not in ACROSS_SITES) for part in suite))
        for extract, suite in book.suites.items()
    }
    return RuleBook(suites, book.allowed)


def checked(
    path: Path, rows: dict[str, list[dict[str, Any]]], rules: RuleBook | None = None
) -> Path:
    """A work database with these rows, after the checks."""
    work_database(path / "work.duckdb", rows)
    run_checks(path / "work.duckdb", "r1", path / "results", lambda _line: None, rules)
    return path / "work.duckdb"


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a query on a DuckDB file."""
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def failures(path: Path) -> list[tuple[str, str]]:
    """Every failure as (row_id, rule)."""
    return query(path, "select row_id, rule from raw.check_failures order by all")


def _create(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str]) -> None:
    declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    connection.execute(f"create table raw.{table} ({declared})")


def _load(connection: duckdb.DuckDBPyConnection, extract: str, rows: list[dict[str, Any]]) -> None:
    columns = landed_columns(dictionary().extracts[extract])
    _create(connection, extract, columns)
    if rows:
        landed = [_landed(extract, line, row) for line, row in enumerate(rows, start=2)]
        landed_rows = pa.Table.from_pylist([dict.fromkeys(columns) | row for row in landed])
        connection.register("landed_rows", landed_rows)
        connection.execute(f"insert into raw.{extract} by name select * from landed_rows")


def _landed(extract: str, line: int, row: dict[str, Any]) -> dict[str, Any]:
    key = dictionary().extracts[extract].primary_key[0].removesuffix("_id") + "_key"
    landed = {
        "site": SITE,
        "delivered_on": DELIVERED_ON,
        "source_file": f"{SITE}/{extract}.csv",
        "file_id": extract,
        "source_row": line,
        "record_key": row[key],
        "admission_key": row.get("patient_key"),
        "unparsed_fields": [],
        **row,
    }
    return {"row_id": f"{landed['file_id']}:{line}"} | landed

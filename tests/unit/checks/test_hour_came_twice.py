"""Times in an hour that came twice, or never, on the clock of a site (invented rows)."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.checked_rows import VALID, failures, valid, within_sites, work_database
from warehouse.checks.run import run_checks

BACK = datetime(2021, 10, 31)  # 03:00 becomes 02:00 in Berlin
FORWARD = datetime(2021, 3, 28)  # 02:00 becomes 03:00 in Berlin
BACK_IN_SYDNEY = datetime(2021, 4, 4)  # 03:00 becomes 02:00
ZONES = {"berlin": "Europe/Berlin", "sydney": "Australia/Sydney", "without": None}
TIMES = (
    ("admissions", "onset_at"),
    ("admissions", "arrived_at"),
    ("procedures", "puncture_at"),
    ("procedures", "ended_at"),
    ("imaging", "imaged_at"),
)
# Site, night, and the clock times from onset to scan; then the queries of the patient.
TWICE = "hour_came_twice"
CASES: list[tuple[str, datetime, str, list[str]]] = [
    ("berlin", BACK, "02:50 02:20 03:30 04:30 05:30", [f"admissions.{TWICE}"]),
    ("berlin", BACK, "01:30 02:50 02:10 04:30 05:30", [f"procedures.{TWICE}"]),
    ("berlin", BACK, "00:30 01:30 02:50 02:20 05:30", [f"procedures.{TWICE}"]),
    ("berlin", BACK, "00:30 01:10 02:10 02:50 02:30", [f"imaging.{TWICE}"]),
    # The order holds by the clock, or in no reading.
    ("berlin", BACK, "02:20 02:50 03:30 04:30 05:30", []),
    ("berlin", BACK, "03:10 02:50 03:30 04:30 05:30", ["admissions.onset_before_arrival"]),
    ("berlin", BACK, "02:10 01:50 03:30 04:30 05:30", ["admissions.onset_before_arrival"]),
    ("berlin", BACK, "00:30 01:30 02:50 02:50 05:30", ["procedures.puncture_before_end"]),
    ("berlin", FORWARD, "02:50 02:20 03:30 04:30 05:30", ["admissions.onset_before_arrival"]),
    ("berlin", FORWARD, "01:50 03:10 03:40 04:30 05:30", []),
    # Another clock, on which that night had one such hour and another had two.
    ("sydney", BACK, "02:50 02:20 03:30 04:30 05:30", ["admissions.onset_before_arrival"]),
    ("sydney", BACK_IN_SYDNEY, "02:50 02:20 03:30 04:30 05:30", [f"admissions.{TWICE}"]),
    # Nobody knows the clock.
    ("without", BACK, "02:50 02:20 03:30 04:30 05:30", ["admissions.onset_before_arrival"]),
    ("without", BACK, "00:30 01:30 02:50 02:20 05:30", ["procedures.puncture_before_end"]),
]


@pytest.fixture(scope="module")
def checked_cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows: dict[str, list[dict[str, Any]]] = {extract: [] for extract in VALID}
    for number, (site, night, clock, _rules) in enumerate(CASES):
        own = {"site": site, "patient_key": f"p{number}"}
        keys = {
            "procedures": {"procedure_key": f"t{number}"},
            "imaging": {"imaging_key": f"i{number}"},
        }
        times: dict[str, dict[str, Any]] = {extract: {} for extract in VALID}
        for (extract, column), time in zip(TIMES, clock.split(), strict=True):
            hours, minutes = map(int, time.split(":"))
            times[extract][column] = night + timedelta(hours=hours, minutes=minutes)
        born = VALID["admissions"]["birth_date"] + timedelta(days=number)
        times["admissions"]["birth_date"] = born
        times["followups"]["assessed_on"] = (night + timedelta(days=90)).date()
        for extract, changes in times.items():
            rows[extract].append(valid(extract, **own, **keys.get(extract, {}), **changes))
    folder = tmp_path_factory.mktemp("twice")
    work = work_database(folder / "work.duckdb", rows)
    with duckdb.connect(work) as connection:
        connection.executemany(
            "insert into raw.time_zones (site, time_zone) values (?, ?)", list(ZONES.items())
        )
    run_checks(work, "r1", folder / "results", lambda _line: None, within_sites())
    return work


def test_the_order_is_read_where_the_hour_came_twice_and_flagged(checked_cases: Path) -> None:
    found: dict[int, list[str]] = {number: [] for number in range(len(CASES))}
    for row_id, rule in failures(checked_cases):
        if rule.endswith((TWICE, "_before_arrival", "_before_end", "_after_puncture")):
            found[int(row_id.split(":")[1]) - 2].append(rule)
    assert found == {number: rules for number, (*_, rules) in enumerate(CASES)}


def test_no_other_query_is_about_times_that_are_in_order(checked_cases: Path) -> None:
    usable = {number for number, (*_, rules) in enumerate(CASES) if not rules or TWICE in rules[0]}
    of_usable = [
        rule
        for row_id, rule in failures(checked_cases)
        if int(row_id.split(":")[1]) - 2 in usable and not rule.endswith(TWICE)
    ]
    assert of_usable == []

"""A site's own first day (invented rows): older strokes are possible there, and count."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.checked_rows import VALID, failures, query, valid, within_sites, work_database
from warehouse.checks.run import run_checks

# Site, its first day, an onset, and the queries of the admission.
RANGE = ["admissions.arrived_at.range", "admissions.onset_at.range"]
CASES: list[tuple[str, date | None, datetime, list[str]]] = [
    ("old", date(2000, 5, 1), datetime(2005, 3, 1, 8), []),
    ("old", date(2000, 5, 1), datetime(2000, 5, 1, 0), []),
    ("old", date(2000, 5, 1), datetime(2000, 4, 29, 20), RANGE),
    ("late", date(2021, 3, 1), datetime(2021, 2, 20, 8), RANGE),
    ("late", date(2021, 3, 1), datetime(2021, 3, 2, 8), []),
    ("without", None, datetime(2009, 3, 1, 8), RANGE),
    ("without", None, datetime(2010, 3, 1, 8), []),
    # An order of times is checked there, too.
    ("old", date(2000, 5, 1), datetime(2006, 3, 1, 8), ["admissions.onset_before_arrival"]),
]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows: dict[str, list[dict[str, Any]]] = {extract: [] for extract in VALID}
    for number, (site, _, onset, rules) in enumerate(CASES):
        minutes = -30 if "admissions.onset_before_arrival" in rules else 90
        rows["admissions"].append(
            valid(
                "admissions", site=site, patient_key=f"p{number}", record_key=f"p{number}",
                row_id=f"r{number}", source_row=number + 2, onset_at=onset,
                arrived_at=onset + timedelta(minutes=minutes), birth_date=date(1940, 1, number + 1),
            )
        )  # fmt: skip
    # Of a patient who is alive, there is no date of death to be too early.
    day = (CASES[0][2] + timedelta(days=90)).date()
    rows["followups"] = [
        valid("followups", site="old", patient_key="p0", record_key="p0", row_id="f0",
              assessed_on=day, death_date=None)
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("limits") / "work.duckdb"
    work_database(path, rows)
    with duckdb.connect(path) as connection:
        for site, earliest in {case[:2] for case in CASES}:
            connection.execute("insert into raw.time_zones values (?, null, ?)", [site, earliest])
    run_checks(path, "r1", path.parent / "results", lambda _line: None, within_sites())
    return path


@pytest.mark.parametrize("number", range(len(CASES)))
def test_times_are_possible_from_the_first_day_of_the_site(checked: Path, number: int) -> None:
    rejects = {"admissions.onset_before_arrival", *RANGE}
    found = [rule for row, rule in failures(checked) if row == f"r{number}" and rule in rejects]
    assert found == CASES[number][3]


def test_a_missing_time_is_not_before_the_first_day(checked: Path) -> None:
    assert [rule for row, rule in failures(checked) if row == "f0" and rule.endswith("range")] == []


def test_the_query_names_the_first_day_of_the_site(checked: Path) -> None:
    expected = query(
        checked,
        "select row_id, expected like '%2000-05-01%', expected like '%2021-03-01%' "
        "from raw.check_failures where rule = 'admissions.onset_at.range' order by all",
    )
    assert expected == [("r2", True, False), ("r3", False, True), ("r5", False, False)]

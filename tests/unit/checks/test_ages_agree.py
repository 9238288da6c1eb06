"""The delivered age and the one of the date of birth (invented rows)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.support.checked_rows import failures, query, valid, within_sites, work_database
from warehouse.checks.run import run_checks

RULE = "admissions.ages_agree"
# Born on 1955-04-02, the onset on 2021-03-01: 65 years.
BORN, OLD = date(1955, 4, 2), date(1925, 1, 1)
CASES: list[tuple[int | None, date | None, bool]] = [
    (65, BORN, False),
    (64, BORN, False),
    (66, BORN, False),
    (63, BORN, True),
    (67, BORN, True),
    (None, BORN, False),
    (65, None, False),
    # An impossible age is reported as that.
    (150, BORN, False),
    # 89+ of somebody who is 96.
    (89, OLD, False),
    (88, OLD, True),
    (89, date(1932, 1, 1), False),
    (90, date(1933, 1, 1), True),
    # A birth after the onset is reported as that.
    (65, date(2021, 5, 1), False),
]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [
        valid(
            "admissions", patient_key=f"p{number}", record_key=f"p{number}", row_id=f"{number}",
            source_row=number + 2, age_years=age, birth_date=born,
        )
        for number, (age, born, _) in enumerate(CASES)
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("ages") / "work.duckdb"
    work_database(path, {"admissions": rows, "procedures": [], "imaging": [], "followups": []})
    run_checks(path, "r1", path.parent / "results", lambda _line: None, within_sites())
    return path


@pytest.mark.parametrize("number", range(len(CASES)))
def test_ages_that_differ_by_more_than_a_year_are_a_query(checked: Path, number: int) -> None:
    assert ((str(number), RULE) in failures(checked)) == CASES[number][2]


def test_the_query_names_both_ages(checked: Path) -> None:
    found = f"select found, severity from raw.check_failures where rule = '{RULE}' order by all"
    assert query(checked, found)[0] == ("age_years 63, age_from_dates_years 65", "warn")

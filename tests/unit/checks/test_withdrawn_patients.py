"""Rows of a patient whom a full export of admissions no longer has.

All rows are invented. The case is delivered by three sites, in different ways.
"""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.checked_rows import query, within_sites
from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import dictionary
from warehouse.history import RefreshRecord
from warehouse.landing import land
from warehouse.settings import Settings
from warehouse.work_database import (
    load_history,
    load_landed,
    load_studies,
    new_work_database,
)

CASE = Path(__file__).parents[2] / "fixtures" / "cases" / "withdrawn_patient" / "small_hospital"
AFTER, AGAIN, AROUND = "after", "again", "around"
AS_OF = date(2024, 6, 30)


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work database of the three sites after the checks."""
    settings = Settings(data=tmp_path_factory.mktemp("withdrawn") / "data")
    for site in (AFTER, AGAIN, AROUND):
        shutil.copytree(CASE, settings.raw_dir / site)
    again, around = settings.raw_dir / AGAIN, settings.raw_dir / AROUND
    shutil.copytree(again / "2024-06-03", again / "2024-06-10")
    (around / "2024-06-05" / "procedures.csv").rename(around / "2024-06-03" / "procedures.csv")
    (around / "2024-06-05" / "imaging.csv").rename(around / "2024-06-04" / "imaging.csv")
    land(settings, progress=lambda _line: None)
    work = settings.data / "work.duckdb"
    with new_work_database(work) as connection:
        load_landed(connection, settings.landed_dir, dictionary(), AS_OF)
        load_studies(connection)
        load_history(connection, settings.history_dir, RefreshRecord("r", datetime.now(), AS_OF))
    run_checks(work, "r", settings.data / "results", lambda _line: None, within_sites())
    return work


def found(work: Path, site: str) -> list[Any]:
    """Rows of a site that break the rules on references, and what is named."""
    return query(
        work,
        "select failures.rule, states.source_row, found from raw.check_failures as failures "
        "inner join raw.record_versions as states using (row_id) "
        f"where failures.rule like '%.patient_id.%' and site = '{site}' order by all",
    )


def states(work: Path, site: str) -> list[Any]:
    """Extract, day, line, state and end of each row of a site."""
    return query(
        work,
        "select extract, day(delivered_on), source_row, version_status, day(withdrawn_on) "
        f"from raw.record_versions where site = '{site}' order by all",
    )


def test_a_row_that_comes_after_its_patient_was_withdrawn_is_a_query(checked: Path) -> None:
    """The second procedure and the scan are of the patient whom the full export dropped."""
    withdrawn_by = f"{AFTER}/2024-06-04/admissions.csv"
    assert found(checked, AFTER) == [
        ("imaging.patient_id.not_withdrawn", 2, withdrawn_by),
        ("procedures.patient_id.not_withdrawn", 3, withdrawn_by),
    ]
    assert states(checked, AFTER) == [
        ("admissions", 3, 2, "superseded", None),
        ("admissions", 3, 3, "withdrawn", 4),
        ("admissions", 4, 2, "current", None),
        ("imaging", 5, 2, "rejected", None),
        ("procedures", 5, 2, "current", None),
        ("procedures", 5, 3, "rejected", None),
    ]


def test_the_rows_count_when_the_admission_comes_again(checked: Path) -> None:
    """The first full export is sent again: the patient is back, and both rows with it."""
    assert found(checked, AGAIN) == []
    assert [row for row in states(checked, AGAIN) if row[0] != "admissions"] == [
        ("imaging", 5, 2, "current", None),
        ("procedures", 5, 2, "current", None),
        ("procedures", 5, 3, "current", None),
    ]


def test_what_came_before_goes_with_its_patient_and_what_comes_on_the_day_asks(
    checked: Path,
) -> None:
    """The procedures were there before the full export; the scan comes on its very day."""
    withdrawn_by = f"{AROUND}/2024-06-04/admissions.csv"
    assert found(checked, AROUND) == [("imaging.patient_id.not_withdrawn", 2, withdrawn_by)]
    assert [row for row in states(checked, AROUND) if row[0] != "admissions"] == [
        ("imaging", 4, 2, "rejected", None),
        ("procedures", 3, 2, "current", None),
        ("procedures", 3, 3, "withdrawn", 4),
    ]

"""Rows of a patient whom a full export of admissions no longer has. All rows are invented."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.checked_rows import query
from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.study import load_study
from warehouse.history import RefreshRecord
from warehouse.landing import land
from warehouse.settings import Settings
from warehouse.work_database import (
    load_history,
    load_landed,
    load_study_definition,
    new_work_database,
)

CASE = Path(__file__).parents[2] / "fixtures" / "cases" / "withdrawn_patient"
SITE = "small_hospital"
AS_OF = date(2024, 6, 30)
WITHDRAWN_BY = f"{SITE}/2024-06-04/admissions.csv"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The case, delivered."""
    own = Settings(data=tmp_path / "data")
    shutil.copytree(CASE / SITE, own.raw_dir / SITE)
    return own


def checked_cases(settings: Settings) -> tuple[list[Any], list[Any]]:
    """Who breaks the rules on references and what is named; and the state of each row."""
    land(settings, progress=lambda _line: None)
    work = settings.data / "work.duckdb"
    with new_work_database(work) as connection:
        load_landed(connection, settings.landed_dir, dictionary(), AS_OF)
        load_study_definition(connection, load_study())
        load_history(connection, settings.history_dir, RefreshRecord("r", datetime.now(), AS_OF))
    run_checks(work, "r", settings.data / "results", lambda _line: None)
    found = query(
        work,
        "select failures.rule, states.source_row, found from raw.check_failures as failures "
        "inner join raw.record_versions as states using (row_id) "
        "where failures.rule like '%.patient_id.%' order by all",
    )
    states = query(
        work,
        "select extract, day(delivered_on), source_row, version_status, day(withdrawn_on) "
        "from raw.record_versions order by all",
    )
    return found, states


def test_a_row_that_comes_after_its_patient_was_withdrawn_is_a_query(settings: Settings) -> None:
    """The second procedure and the scan are of the patient whom the full export dropped."""
    found, states = checked_cases(settings)
    assert found == [
        ("imaging.patient_id.not_withdrawn", 2, WITHDRAWN_BY),
        ("procedures.patient_id.not_withdrawn", 3, WITHDRAWN_BY),
    ]
    assert states == [
        ("admissions", 3, 2, "superseded", None),
        ("admissions", 3, 3, "withdrawn", 4),
        ("admissions", 4, 2, "current", None),
        ("imaging", 5, 2, "rejected", None),
        ("procedures", 5, 2, "current", None),
        ("procedures", 5, 3, "rejected", None),
    ]


def test_the_rows_count_when_the_admission_comes_again(settings: Settings) -> None:
    """The first full export is sent again: the patient is back, and both rows with it."""
    raw = settings.raw_dir / SITE
    shutil.copytree(raw / "2024-06-03", raw / "2024-06-10")
    found, states = checked_cases(settings)
    assert found == []
    assert [row for row in states if row[0] != "admissions"] == [
        ("imaging", 5, 2, "current", None),
        ("procedures", 5, 2, "current", None),
        ("procedures", 5, 3, "current", None),
    ]


def test_what_came_before_goes_with_its_patient_and_what_comes_on_the_day_asks(
    settings: Settings,
) -> None:
    """The procedures were there before the full export; the scan comes on its very day."""
    raw = settings.raw_dir / SITE
    (raw / "2024-06-05" / "procedures.csv").rename(raw / "2024-06-03" / "procedures.csv")
    (raw / "2024-06-05" / "imaging.csv").rename(raw / "2024-06-04" / "imaging.csv")
    found, states = checked_cases(settings)
    assert found == [("imaging.patient_id.not_withdrawn", 2, WITHDRAWN_BY)]
    assert [row for row in states if row[0] != "admissions"] == [
        ("imaging", 4, 2, "rejected", None),
        ("procedures", 3, 2, "current", None),
        ("procedures", 3, 3, "withdrawn", 4),
    ]

"""A number that is nearly among the admissions: the query says where. All rows are invented."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.support.landing_tools import DAY, Registry
from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import dictionary
from warehouse.history import RefreshRecord
from warehouse.landing.identifiers import alike
from warehouse.settings import Settings
from warehouse.work_database import (
    load_history,
    load_landed,
    load_studies,
    new_work_database,
)


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        ("0001230", "1230", True), ("1230.0", "1230", True), ("AB-001", "ab 1", True),
        ("AB\u2013001", "AB-001", True), ("P10", "P1", False), ("P100", "P1", False),
        ("AB1", "BA1", False), ("1230", "12300", False), ("T1 (see note)", "T1", True),
        ("T1(见备注)", "T1", True), ("T2*", "T2", True), ("T1 (2)", "T1", False),
        ("P(AB)1", "P1", False), ("(see note)", "", False), ("P1 (A)", "P1 (B)", False),
    ],
)  # fmt: skip
def test_what_is_alike(one: str, other: str, is_alike: bool) -> None:
    assert (alike(one) == alike(other)) == is_alike


def checked(registry: Registry) -> Path:
    """The work database with the checks of what was landed."""
    work_path, today = registry.settings.data / "work.duckdb", date(2022, 6, 1)
    with new_work_database(work_path) as connection:
        load_landed(connection, registry.settings.landed_dir, dictionary(), today)
        load_studies(connection)
        record = RefreshRecord("r1", datetime(2022, 6, 1), today)
        load_history(connection, registry.settings.history_dir, record)
    run_checks(work_path, "r1", registry.settings.data / "results", progress=lambda _line: None)
    return work_path


def test_a_near_miss_is_named_by_file_and_line(data_settings: Settings) -> None:
    """The case c23_idcase, with a number that is like none; c05_zeros without its format."""
    registry = Registry(data_settings)
    registry.put_case("c23_idcase")
    folder = registry.settings.raw_dir / "c23_idcase" / "2022-01-10"
    lines = (folder / "procedures.csv").read_text().splitlines()
    other = lines[1].replace("XP0000", "XP0099").replace("ab-000", "ab-999")
    (folder / "procedures.csv").write_text("\n".join([*lines, other]) + "\n")
    registry.land()
    work_path = checked(registry)
    with duckdb.connect(work_path, read_only=True) as connection:
        found = connection.execute(
            """
            select landed.source_row, split_part(failures.expected, ' is in ', 2)
            from raw.check_failures as failures
            inner join raw.procedures as landed using (row_id)
            where failures.rule = 'procedures.patient_id.reference'
            order by all
            """
        ).fetchall()
    # Excel's marks before the last two of the case are no part of a number: they are accepted.
    file = "c23_idcase/2022-01-10/admissions.csv"
    assert found == [*((line, f"{file}, line {line}") for line in (2, 3, 4, 5)), (8, "")]


def test_the_rejected_admission_of_a_row_is_named(data_settings: Settings) -> None:
    """Line 3 of the admissions has no date of birth and no age, and there is no patient P9."""
    registry = Registry(data_settings)
    registry.put(
        "patient_id,birth_date,sex,onset_at,arrived_at,prestroke_mrs,etiology,baseline_nihss,"
        "consent_given\n"
        "P1,1950-02-03,male,2021-03-01 08:00,2021-03-01 09:00,0,cardioembolism,12,yes\n"
        "P2,,male,2021-03-01 08:00,2021-03-01 09:00,0,cardioembolism,12,yes\n",
        "admissions.csv",
    )
    registry.put(
        "patient_id,imaging_id,imaged_at,modality,hemorrhage_type\n"
        "P1,S1,2021-03-02 08:00,ct,none\nP2,S2,2021-03-02 08:00,ct,none\n"
        "P9,S3,2021-03-02 08:00,ct,none\n",
        "imaging.csv",
    )
    registry.land()
    with duckdb.connect(checked(registry), read_only=True) as connection:
        found = connection.execute(
            """
            select landed.source_row, failures.found
            from raw.check_failures as failures inner join raw.imaging as landed using (row_id)
            where failures.rule = 'imaging.patient_id.reference' order by all
            """
        ).fetchall()
    file = f"{DAY}/admissions.csv"
    assert found == [(3, f"its admission is rejected: {file}, line 3"), (4, None)]


def test_the_admission_in_a_delivery_that_is_held_is_named(data_settings: Settings) -> None:
    """Site B delivers the admissions of site A, which are held, and a scan of one patient."""
    registry = Registry(data_settings)
    admissions = (
        "patient_id,birth_date,sex,onset_at,arrived_at,prestroke_mrs,etiology,baseline_nihss,"
        "consent_given\n"
        "P1,1950-02-03,male,2021-03-01 08:00,2021-03-01 09:00,0,cardioembolism,12,yes\n"
        "P2,1951-02-03,male,2021-03-01 08:00,2021-03-01 09:00,0,cardioembolism,12,yes\n"
    )
    for day in (DAY, "site_b/2021-03-05"):
        registry.put(admissions, "admissions.csv", day)
    registry.put(
        "patient_id,imaging_id,imaged_at,modality,hemorrhage_type\n"
        "P2,S2,2021-03-02 08:00,ct,none\n",
        "imaging.csv",
        "site_b/2021-03-05",
    )
    registry.land()
    with duckdb.connect(checked(registry), read_only=True) as connection:
        found = connection.execute(
            "select contains(found, 'held'), split_part(found, ': ', 2) "
            "from raw.check_failures where rule = 'imaging.patient_id.reference'"
        ).fetchall()
    file = "site_b/2021-03-05/admissions.csv"
    assert found == [(True, f"{file}, line 3")]

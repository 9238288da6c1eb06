"""Rejected procedures and scans keep their place, from delivered files to the registry.

All rows are invented. They are delivered by the study's site, on two days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.built_release import built_release, deliver
from tests.support.small_hospital import ADMISSION, FOLLOWUP, PROCEDURE, SCAN, Row
from warehouse.settings import Settings

SITE = "synthetic_centre"
LAST = date(2022, 8, 1)
TABLES = ("patients", "imaging", "treated_patients", "criteria", "deliveries", "violations")
ONSET, SECOND = datetime(2021, 3, 1, 8, 0), datetime(2021, 11, 20, 8, 0)
# t1 and t3 are the first procedures of p1 and p2, and are rejected; the next day t3 is corrected.
# p3 has two strokes with clean scans, and a hemorrhage on a scan without a time.
HOUR = timedelta(hours=1)
WRONG: Row = {"mtici_final": "2b-", "passes": 5}


def _admission(patient: str, onset: datetime = ONSET, number: str = "") -> Row:
    keys = {"patient_id": patient, "admission_id": number}
    times = {"onset_at": onset, "arrived_at": onset + 1.5 * HOUR}
    return ADMISSION | keys | {"birth_date": f"1955-04-0{patient[1]}"} | times


def _procedure(name: str, patient: str, hours: float, onset: datetime = ONSET, **own: Any) -> Row:
    times = {"puncture_at": onset + hours * HOUR, "ended_at": onset + (hours + 1) * HOUR}
    return {"procedure_id": name, "patient_id": patient} | PROCEDURE | times | own


def _scan(name: str, patient: str, when: datetime | str, **own: Any) -> Row:
    return {"imaging_id": name, "patient_id": patient} | SCAN | {"imaged_at": when} | own


BLEEDING: Row = {"hemorrhage_type": "PH-2", "nihss_at_imaging": 25}
DELIVERED: dict[str, dict[str, list[Row]]] = {
    "2022-05-01": {
        "admissions": [
            _admission("p1"),
            _admission("p2"),
            _admission("p3", ONSET, "A1"),
            _admission("p3", SECOND, "A2"),
        ],
        "procedures": [
            _procedure("t1", "p1", 2, **WRONG),
            _procedure("t2", "p1", 10),
            _procedure("t3", "p2", 2, **WRONG),
            _procedure("t4", "p2", 10),
            _procedure("t5", "p3", 2),
            _procedure("t6", "p3", 2, SECOND),
        ],
        "imaging": [
            _scan("s1", "p1", ONSET + 6 * HOUR, **BLEEDING),
            _scan("s2", "p2", ONSET + 6 * HOUR, **BLEEDING),
            _scan("s3", "p3", ONSET + 25 * HOUR),
            _scan("s4", "p3", SECOND + 25 * HOUR),
            _scan("s5", "p3", "", **BLEEDING),
        ],
        "followups": [
            {"patient_id": patient} | FOLLOWUP | {"assessed_on": (ONSET + 2160 * HOUR).date()}
            for patient in ("p1", "p2")
        ],
    },
    "2022-05-02": {"procedures": [_procedure("t3", "p2", 2, passes=5)]},
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release that these deliveries make."""
    root: Path = tmp_path_factory.mktemp("unanswered")
    settings = Settings(data=root / "data")
    for day, extracts in DELIVERED.items():
        deliver(settings, SITE, day, extracts)
    return built_release(settings, LAST, *TABLES)


@pytest.fixture
def release(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(built, read_only=True) as connection:
        yield connection


# By line of the admission: who is treated, by which procedure, and what the scans show.
TREATED = """
    select patients.source_row, passes, onset_to_puncture_min, is_sich, is_ph, is_followed_up
    from registry.treated_patients
    inner join registry.patients using (admission_key)
    order by all
"""


def test_no_re_intervention_takes_the_place_of_the_first_procedure(
    release: duckdb.DuckDBPyConnection,
) -> None:
    assert release.execute(TREATED).fetchall() == [
        (3, 5, 120, True, True, True),
        (4, 1, 120, None, None, False),
        (5, 1, 120, None, None, False),
    ]


def test_the_study_leaves_out_whose_first_procedure_is_unknown(
    release: duckdb.DuckDBPyConnection,
) -> None:
    left_out = (
        "select source_row, step_name from studies.criteria "
        "inner join registry.patients using (admission_key) "
        "where study = 'guo_2023' and step_name = 'no_procedure' and status = 'excluded'"
    )
    assert release.execute(left_out).fetchall() == [(2, "no_procedure")]


def test_the_scan_between_the_procedures_is_accepted(release: duckdb.DuckDBPyConnection) -> None:
    accepted = "select source_row from registry.imaging order by all"
    assert release.execute(accepted).fetchall() == [(2,), (3,), (4,), (5,)]


def test_each_row_that_is_left_out_has_an_open_query(release: duckdb.DuckDBPyConnection) -> None:
    queries = release.execute(
        """
        select source_row, rule, regexp_extract(found, 'rejected: .*'),
            caused_by_file, caused_by_row
        from quality.violations
        where severity = 'reject' and status = 'open' order by all
        """
    ).fetchall()
    file = f"{SITE}/2022-05-01/procedures.csv"
    assert queries == [
        (2, "procedures.mtici_final.codes", "", None, None),
        (3, "procedures.first.known", f"rejected: {file}, line 2", file, 2),
        (6, "imaging.admission_id.reference", "", None, None),
        (6, "imaging.imaged_at.required", "", None, None),
    ]


def test_rows_balance(release: duckdb.DuckDBPyConnection) -> None:
    balance = "select count(*) filter (not is_balanced) from quality.deliveries"
    assert release.execute(balance).fetchall() == [(0,)]

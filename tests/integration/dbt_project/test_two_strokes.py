"""A patient with two strokes, from delivered files to the registry and the study.

All rows are invented. They are delivered by the study's site.
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
TABLES = (
    "patients",
    "followups",
    "imaging",
    "procedures",
    "monthly_indicators",
    "flow_steps",
    "members",
)
FIRST, SECOND = datetime(2021, 3, 1, 8, 0), datetime(2021, 11, 20, 8, 0)
DAY = "2022-05-01"
DIED = date(2022, 2, 25)


def _admission(patient: str, number: str, onset: datetime, **changes: Any) -> Row:
    arrival = onset + timedelta(minutes=90)
    keys = {"patient_id": patient, "admission_id": number}
    born = {"birth_date": f"1955-04-0{patient[1]}"}
    return ADMISSION | born | keys | {"onset_at": onset, "arrived_at": arrival} | changes


def _procedure(patient: str, name: str, onset: datetime, **changes: Any) -> Row:
    times = {"puncture_at": onset + timedelta(hours=2), "ended_at": onset + timedelta(hours=3)}
    return {"procedure_id": name, "patient_id": patient} | PROCEDURE | times | changes


def _scan(name: str, onset: datetime, **changes: Any) -> Row:
    when = {"imaged_at": onset + timedelta(hours=25)}
    return {"imaging_id": name, "patient_id": "p1"} | SCAN | when | changes


def _followup(patient: str, onset: datetime, mrs: int, days: int = 90, **changes: Any) -> Row:
    when = {
        "assessed_on": (onset + timedelta(days=days)).date(),
        "death_date": "",
        "time_point": "",
    }
    return {"patient_id": patient} | FOLLOWUP | when | {"mrs": mrs} | changes


# p1 has two eligible strokes, the first of which bled; p2's first stroke is cardioembolic. Only the
# admissions have numbers. p2 died 97 days after the second stroke and 361 days after the first.
DELIVERED: dict[str, list[Row]] = {
    "admissions": [
        _admission("p1", "A1", FIRST),
        _admission("p1", "A2", SECOND, baseline_nihss=7),
        _admission("p2", "B1", FIRST, etiology="cardioembolism"),
        _admission("p2", "B2", SECOND),
    ],
    "procedures": [
        _procedure("p1", "T1", FIRST),
        _procedure("p1", "T2", SECOND, passes=4),
        _procedure("p2", "T3", FIRST),
        _procedure("p2", "T4", SECOND),
    ],
    "imaging": [
        _scan("S1", FIRST, hemorrhage_type="PH-2", nihss_at_imaging=20),
        _scan("S2", SECOND, nihss_at_imaging=6),
        # No such class: it is rejected.
        _scan("S3", SECOND + timedelta(days=1), hemorrhage_type="PH-3", nihss_at_imaging=30),
    ],
    "followups": [
        _followup("p1", FIRST, 4),
        _followup("p1", SECOND, 1),
        _followup("p2", FIRST, 5),
        _followup("p2", SECOND, 2),
        _followup("p1", FIRST, 3, 365, time_point="1 year"),
        _followup("p1", SECOND, 2, 10, time_point="discharge", mode="record"),
        _followup("p2", SECOND, 6, 99, time_point="1 year", mode="record", death_date=DIED),
    ],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release that these deliveries make."""
    root: Path = tmp_path_factory.mktemp("two_strokes")
    settings = Settings(data=root / "data")
    deliver(settings, SITE, DAY, DELIVERED)
    return built_release(settings, LAST, *TABLES)


@pytest.fixture
def release(built: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(built, read_only=True) as connection:
        yield connection


def test_each_stroke_has_its_own_procedure_scan_and_follow_up(
    release: duckdb.DuckDBPyConnection,
) -> None:
    found = release.execute(
        """
        select
            patients.baseline_nihss, procedures.passes, procedures.onset_to_puncture_min,
            imaging.hemorrhage_type, followups.mrs, followups.days_after_puncture
        from registry.patients as patients
        inner join registry.procedures as procedures using (admission_key)
        inner join registry.imaging as imaging using (admission_key)
        inner join registry.followups as followups using (admission_key)
        where followups.time_point = 'day_90'
        order by patients.onset_at
        """
    ).fetchall()
    assert found == [
        (14, 1, 120, "PH-2", 4, 90),
        (7, 4, 120, "none", 1, 90),
    ]
    assert release.execute(
        """
        select count(*), count(distinct admission_key), count(distinct patient_key)
        from registry.patients
        """
    ).fetchall() == [(4, 4, 2)]
    assert release.execute(
        "select count(*), count(*) filter (is_index_procedure) from registry.procedures"
    ).fetchall() == [(4, 4)]


def test_follow_ups_of_each_time_point_belong_to_the_stroke_that_fits(
    release: duckdb.DuckDBPyConnection,
) -> None:
    """So does a death: to the latest stroke before it, and it counts after each of them."""
    found = release.execute(
        """
        select
            patients.onset_at, patients.etiology, time_point, mrs, days_after_puncture,
            is_in_window, is_good_outcome
        from registry.followups inner join registry.patients using (admission_key)
        order by onset_at, etiology desc, days_after_puncture, mrs
        """
    ).fetchall()
    plain, other = "large_artery_atherosclerosis", "cardioembolism"
    assert found == [
        (FIRST, plain, "day_90", 4, 90, True, False),
        (FIRST, plain, "year_1", 3, 365, True, None),
        (FIRST, other, "day_90", 5, 90, True, False),
        (SECOND, plain, "discharge", 2, 10, True, None),
        (SECOND, plain, "day_90", 1, 90, True, True),
        (SECOND, plain, "day_90", 2, 90, True, True),
        (SECOND, plain, "year_1", 6, 99, False, None),
    ]
    treated = release.execute(
        """
        select puncture_at - interval 2 hour as onset_at, etiology, mrs_90d, is_dead_90d, mrs_1y,
            is_good_outcome_1y, is_dead_1y, days_to_death
        from registry.treated_patients order by onset_at, etiology desc, mrs_90d
        """
    ).fetchall()
    assert treated == [
        (FIRST, plain, 4, False, 3, False, False, None),
        (FIRST, other, 5, False, 6, False, True, 361),
        (SECOND, plain, 1, False, None, None, None, None),
        (SECOND, plain, 2, False, 6, False, True, 97),
    ]


def test_the_study_counts_the_first_eligible_stroke(release: duckdb.DuckDBPyConnection) -> None:
    steps = release.execute(
        "select step_name, n_excluded, n_remaining from studies.flow_steps "
        "where study = 'guo_2023' and step is not null order by step"
    ).fetchall()
    assert steps == [
        ("screened", 0, 4),
        ("cardioembolic", 1, 3),
        ("other_etiology", 0, 3),
        ("prestroke_mrs", 0, 3),
        ("later_stroke", 1, 2),
        ("included", 0, 2),
        ("refused_rescue_stent", 0, 2),
        ("insufficient_flow_below_threshold", 0, 2),
        ("lost_to_followup", 0, 2),
        ("analyzed", 0, 2),
    ]
    cohort = release.execute(
        """
        select puncture_at, baseline_nihss, is_ph2, mrs_90d, admission_key = patient_key
        from studies.members where study = 'guo_2023' order by puncture_at
        """
    ).fetchall()
    assert cohort == [
        (datetime(2021, 3, 1, 10, 0), 14, True, 4, False),
        (datetime(2021, 11, 20, 10, 0), 14, None, 2, False),
    ]


def test_indicators_count_strokes(release: duckdb.DuckDBPyConnection) -> None:
    assert release.execute(
        """
        select treated_month, n_patients from registry.monthly_indicators
        where n_patients > 0 order by treated_month
        """
    ).fetchall() == [(date(2021, 3, 1), 2), (date(2021, 11, 1), 2)]


def test_a_rejected_scan_beside_a_clean_one_leaves_hemorrhage_unknown(
    release: duckdb.DuckDBPyConnection,
) -> None:
    assert release.execute(
        """
        select is_sich, is_ph, has_stent_thrombosis from registry.treated_patients
        where is_sich is not null or is_ph is not null or has_stent_thrombosis is not null
        order by puncture_at
        """
    ).fetchall() == [(True, True, False), (None, None, False)]

"""A hospital of another shape, loaded by a mapping file alone: no code speaks of it.

It sends one wide, semicolon-separated file with its own headers, codes, units, dates and missing
markers; two groups of columns hold two scans of a patient.
"""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.landing import land
from warehouse.refresh import steps
from warehouse.refresh.context import refreshing
from warehouse.settings import PROJECT_DIR, Settings

HOSPITAL = PROJECT_DIR / "tests" / "fixtures" / "second_hospital"
FILE = "west_hospital/2022-06-01/stroke_registry_2022.csv"
DELIVERED = date(2022, 6, 1)
# Pseudonyms are those of the test's own secret, so patients are told apart by their line.
KEYS = {"patient_key", "admission_key", "procedure_key", "imaging_key"}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release of a refresh in which only landing was told where the mapping stands."""
    settings = Settings(data=tmp_path_factory.mktemp("hospital") / "data")
    shutil.copytree(HOSPITAL / "raw", settings.raw_dir)
    with refreshing(settings) as refresh:
        refresh.landing = land(settings, sites_dir=HOSPITAL / "sites")
        steps.check_rows(refresh)
        steps.build_marts(refresh)
        steps.pass_release_gate(refresh)
        steps.publish_release(refresh)
    return settings.published_path


def rows(release: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table, without keys, without what all share and without what is null."""
    shared = KEYS | {"site", "delivered_on"}
    with duckdb.connect(release, read_only=True) as connection:
        relation = connection.sql(f"select * from {table} order by source_file, source_row")
        found = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    assert {(row["site"], row["delivered_on"]) for row in found} == {("west_hospital", DELIVERED)}
    return [
        {name: value for name, value in row.items() if name not in shared and value is not None}
        for row in found
    ]


def test_patients(release: Path) -> None:
    part = {
        **{"source_file": f"{FILE}#admissions", "consent_given": True},
        **{"is_warned": False, "is_age_top_coded": False},
    }
    assert rows(release, "registry.patients") == [
        {
            **part,
            "source_row": 2,
            "sex": "male",
            "etiology": "large_artery_atherosclerosis",
            "age_years": 65,
            "prestroke_mrs": 0,
            "platelets_giga_per_l": 235,
            "glucose_mmol_per_l": 6.99426,
            "systolic_bp_mmhg": 152,
            "baseline_nihss": 15,
            "aspects": 8,
            "onset_to_admission_min": 90,
            "is_intracranial_atherosclerosis": True,
            "hypertension": True,
            "diabetes": False,
            "onset_at": datetime(2021, 3, 1, 8, 0),
            "arrived_at": datetime(2021, 3, 1, 9, 30),
        },
        {
            **part,
            "source_row": 3,
            "sex": "female",
            "etiology": "cardioembolism",
            "age_years": 72,
            "prestroke_mrs": 1,
            "platelets_giga_per_l": 180,
            "glucose_mmol_per_l": 5.49549,
            "baseline_nihss": 22,
            "onset_to_admission_min": 50,
            "is_intracranial_atherosclerosis": False,
            "diabetes": True,
            "onset_at": datetime(2021, 3, 5, 13, 10),
            "arrived_at": datetime(2021, 3, 5, 14, 0),
        },
        {
            **part,
            "source_row": 4,
            "sex": "male",
            "etiology": "large_artery_atherosclerosis",
            "age_years": 60,
            "prestroke_mrs": 0,
            "platelets_giga_per_l": 210,
            "systolic_bp_mmhg": 140,
            "baseline_nihss": 11,
            "aspects": 9,
            "onset_to_admission_min": 80,
            "is_intracranial_atherosclerosis": True,
            "hypertension": False,
            "diabetes": False,
            "onset_at": datetime(2021, 3, 10, 6, 0),
            "arrived_at": datetime(2021, 3, 10, 7, 20),
        },
    ]


def test_procedures(release: Path) -> None:
    """The third names its reperfusion as 2b/3, so it is not among them."""
    part = {
        "source_file": f"{FILE}#procedures",
        "is_warned": False,
        "is_index_procedure": True,
        "is_reperfused_final": True,
    }
    assert rows(release, "registry.procedures") == [
        {
            **part,
            "source_row": 2,
            "occlusion_site": "mca_m1",
            "occlusion_artery": "middle_cerebral_artery",
            "circulation": "anterior",
            "anesthesia": "general",
            "mtici_after_mt": "1",
            "rescue_stent": "placed",
            "mtici_final": "2b",
            "passes": 2,
            "residual_stenosis_pct": 85,
            "onset_to_puncture_min": 150,
            "door_to_puncture_min": 60,
            "procedure_duration_min": 75,
            "ivt": False,
            "is_general_anesthesia": True,
            "is_reperfused_after_mt": False,
            "puncture_at": datetime(2021, 3, 1, 10, 30),
            "ended_at": datetime(2021, 3, 1, 11, 45),
        },
        {
            **part,
            "source_row": 3,
            "occlusion_site": "ba",
            "occlusion_artery": "basilar_artery",
            "circulation": "posterior",
            "anesthesia": "conscious_sedation",
            "mtici_after_mt": "2c",
            "rescue_stent": "not_indicated",
            "mtici_final": "3",
            "passes": 1,
            "residual_stenosis_pct": 40,
            "onset_to_puncture_min": 95,
            "door_to_puncture_min": 45,
            "procedure_duration_min": 45,
            "ivt": True,
            "is_general_anesthesia": False,
            "is_reperfused_after_mt": True,
            "puncture_at": datetime(2021, 3, 5, 14, 45),
            "ended_at": datetime(2021, 3, 5, 15, 30),
        },
    ]


def test_scans_of_both_groups(release: Path) -> None:
    bleeding = {
        "hemorrhage_type": "PH-2",
        "heidelberg_class": "2",
        "is_hemorrhage": True,
        "is_parenchymal_hematoma": True,
        "is_warned": False,
    }
    none = {
        "hemorrhage_type": "none",
        "is_hemorrhage": False,
        "is_parenchymal_hematoma": False,
        "is_warned": False,
    }
    first, second = {"source_file": f"{FILE}#scan1"}, {"source_file": f"{FILE}#scan2"}
    assert rows(release, "registry.imaging") == [
        {
            **first,
            **bleeding,
            "source_row": 2,
            "modality": "ct",
            "nihss_at_imaging": 21,
            "nihss_increase": 6,
            "imaged_at": datetime(2021, 3, 2, 9, 0),
        },
        {
            **first,
            **none,
            "source_row": 3,
            "modality": "ct",
            "nihss_at_imaging": 9,
            "nihss_increase": -13,
            "imaged_at": datetime(2021, 3, 6, 10, 0),
        },
        {
            **first,
            **none,
            "source_row": 4,
            "modality": "ct",
            "nihss_at_imaging": 5,
            "nihss_increase": -6,
            "imaged_at": datetime(2021, 3, 11, 8, 0),
        },
        {
            **second,
            **bleeding,
            "source_row": 2,
            "modality": "mri",
            "nihss_at_imaging": 20,
            "nihss_increase": 5,
            "imaged_at": datetime(2021, 3, 4, 8, 15),
        },
    ]


def test_followups(release: Path) -> None:
    part = {"source_file": f"{FILE}#followups", "time_point": "day_90"}
    # The hospital does not send how the contact was made, which a rule warns of. The patient of
    # line 4 has no procedure, so that no day is the 90th: whether the outcome is good is unknown.
    warned = {**part, "is_warned": True}
    assert rows(release, "registry.followups") == [
        {
            **warned,
            "source_row": 2,
            "mrs": 3,
            "days_after_puncture": 92,
            "is_good_outcome": False,
            "lost_to_followup": False,
            "assessed_on": date(2021, 6, 1),
            "is_in_window": True,
        },
        {**part, "source_row": 3, "lost_to_followup": True, "is_warned": False},
        {
            **warned,
            "source_row": 4,
            "mrs": 1,
            "lost_to_followup": False,
            "assessed_on": date(2021, 6, 10),
        },
    ]


def test_records_of_a_line_belong_to_one_patient(release: Path) -> None:
    with duckdb.connect(release, read_only=True) as connection:
        found = connection.execute(
            """
            with records as (
                select patient_key, source_row from registry.procedures
                union all select patient_key, source_row from registry.imaging
                union all select patient_key, source_row from registry.followups
            )
            select patients.source_row, list(distinct records.source_row), count(*)
            from registry.patients as patients
            inner join records on patients.patient_key = records.patient_key
            group by patients.source_row
            order by patients.source_row
            """
        ).fetchall()
    assert found == [(2, [2], 4), (3, [3], 3), (4, [4], 2)]


def test_an_ambiguous_grade_is_a_violation_that_names_the_codes(release: Path) -> None:
    with duckdb.connect(release, read_only=True) as connection:
        found = connection.execute(
            "select rule, source_file, source_row, severity, found, expected, status "
            "from quality.violations order by rule, source_row"
        ).fetchall()
    reported = ("reject", "ambiguous: 2b or 3", "one code: 2b or 3", "open")
    without_mode = ("warn", "3", "a mode of contact with every mRS", "open")
    assert found == [
        ("followups.mrs_with_mode", f"{FILE}#followups", 2, *without_mode),
        ("followups.mrs_with_mode", f"{FILE}#followups", 4, "warn", "1", *without_mode[2:]),
        ("procedures.mtici_after_mt.codes", f"{FILE}#procedures", 4, *reported),
        ("procedures.mtici_final.codes", f"{FILE}#procedures", 4, *reported),
    ]


def test_rows_balance_for_each_part_of_the_file(release: Path) -> None:
    with duckdb.connect(release, read_only=True) as connection:
        found = connection.execute(
            "select source_file, extract, rows_in_file, rows_accepted, rows_rejected, is_balanced, "
            "unknown_columns from quality.deliveries order by source_file"
        ).fetchall()
    assert found == [
        (f"{FILE}#admissions", "admissions", 3, 3, 0, True, []),
        (f"{FILE}#followups", "followups", 3, 3, 0, True, []),
        (f"{FILE}#procedures", "procedures", 3, 2, 1, True, []),
        (f"{FILE}#scan1", "imaging", 3, 3, 0, True, []),
        (f"{FILE}#scan2", "imaging", 1, 1, 0, True, []),
    ]

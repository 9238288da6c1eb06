"""A file with the registry's tables as their contracts have them: invented rows in, a file out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from warehouse.settings import PROJECT_DIR

Row = dict[str, Any]

CONTRACTS = PROJECT_DIR / "dbt_project" / "models" / "marts" / "registry"
TABLES = ("patients", "procedures", "imaging", "followups")
DELIVERED = date(2021, 6, 30)
ADMITTED, PUNCTURED = datetime(2021, 3, 1, 9, 30), datetime(2021, 3, 1, 10, 30)

# What each release has, of a refresh on the day of the delivery.
RELEASE = f"""
create schema registry;
create schema ops;
create schema quality;
create table ops.refreshes as
select 'r1' as refresh_id, 'published' as status, date '{DELIVERED}' as as_of,
    timestamp '{DELIVERED}' as started_at, '1.0' as warehouse_version;
create table quality.deliveries as select 'north' as site;
"""

# A patient of whom each field of the dictionary is known.
EVERYTHING: dict[str, Row] = {
    "patients": {
        "admission_key": "a1", "patient_key": "p1", "site": "north", "sex": "female",
        "etiology": "cardioembolism", "age_years": 70, "prestroke_mrs": 1,
        "platelets_giga_per_l": 195.5, "glucose_mmol_per_l": 6.99426, "systolic_bp_mmhg": 150.0,
        "diastolic_bp_mmhg": 85.0, "baseline_nihss": 15, "aspects": 8, "hypertension": True,
        "diabetes": False, "dyslipidemia": True, "coronary_artery_disease": True,
        "atrial_fibrillation": True, "smoking": False, "consent_given": True,
        "onset_at": datetime(2021, 3, 1, 8, 0), "arrived_at": ADMITTED,
        "last_seen_well_at": datetime(2021, 3, 1, 7, 0), "wake_up_stroke": True,
        "arrival_mode": "another_hospital",
        "referring_arrived_at": datetime(2021, 3, 1, 8, 20),
        "referring_left_at": datetime(2021, 3, 1, 9, 0), "selection_imaging": "ctp",
        "selection_imaged_at": datetime(2021, 3, 1, 9, 45), "core_ml": 12.5,
        "hypoperfusion_ml": 80.0, "nihss_24h": 6, "nihss_discharge": 3, "mrs_discharge": 2,
        "discharged_on": date(2021, 3, 9), "discharge_destination": "rehabilitation",
        "study_arm": "control", "is_age_top_coded": True,
    },
    "procedures": {
        "procedure_key": "x1", "admission_key": "a1", "patient_key": "p1", "site": "north",
        "occlusion_site": "mca_m1", "occlusion_side": "left", "second_occlusion_site": "aca",
        "tandem_lesion": False, "anesthesia": "local", "anesthesia_conversion": True,
        "device": "combined", "access_site": "radial", "passes": 2, "residual_stenosis_pct": 40,
        "mtici_first_pass": "1", "mtici_after_mt": "2b", "mtici_final": "3",
        "rescue_stent": "placed", "balloon_angioplasty": True, "tirofiban": True, "ivt": True,
        "ivt_at": datetime(2021, 3, 1, 9, 55), "ivt_drug": "tenecteplase",
        "artery_perforation": False, "artery_dissection": True,
        "new_territory_embolization": True, "access_site_hematoma": True,
        "puncture_at": PUNCTURED, "first_pass_at": datetime(2021, 3, 1, 10, 50),
        "reperfusion_at": datetime(2021, 3, 1, 11, 10), "ended_at": datetime(2021, 3, 1, 11, 30),
        "is_index_procedure": True,
    },
    "imaging": {
        "imaging_key": "i1", "admission_key": "a1", "patient_key": "p1", "site": "north",
        "imaged_at": datetime(2021, 3, 2, 9, 0), "modality": "cta", "hemorrhage_type": "HI-1",
        "is_hemorrhage": True, "nihss_at_imaging": 7, "stent_patency": "patent",
        "adjudicated_sich": False,
    },
    "followups": {
        "admission_key": "a1", "patient_key": "p1", "site": "north", "mode": "telephone",
        "mrs": 6, "assessed_on": date(2021, 6, 1), "death_date": date(2021, 5, 20),
        "lost_to_followup": False, "rater_blinded": True, "delivered_on": DELIVERED,
    },
}  # fmt: skip
# Beside that patient, one with two numbered strokes, and one of whom little is known.
SECOND, THIRD = {"patient_key": "p2", "site": "north"}, {"patient_key": "p3", "site": "north"}
STROKES: dict[str, list[Row]] = {
    "patients": [
        EVERYTHING["patients"],
        EVERYTHING["patients"] | SECOND | {"admission_key": "a2", "study_arm": None},
        EVERYTHING["patients"] | SECOND | {
            "admission_key": "a3", "age_years": 71, "onset_at": datetime(2022, 3, 5, 8, 0),
            "arrived_at": datetime(2022, 3, 5, 9, 5, 30), "last_seen_well_at": None,
            "referring_arrived_at": None, "referring_left_at": None, "selection_imaged_at": None,
            "discharged_on": None, "platelets_giga_per_l": None,
        },
        THIRD | {
            "admission_key": "p3", "sex": "male", "age_years": 89, "etiology": "undetermined",
            "onset_at": datetime(2021, 3, 7, 22, 0), "arrived_at": datetime(2021, 3, 7, 23, 59),
            "prestroke_mrs": 0, "baseline_nihss": 22, "consent_given": True,
        },
    ],
    "procedures": [
        EVERYTHING["procedures"],
        EVERYTHING["procedures"] | SECOND | {"procedure_key": "x2", "admission_key": "a2"},
        SECOND | {
            "procedure_key": "x3", "admission_key": "a3", "occlusion_site": "ba",
            "anesthesia": "general", "passes": 0, "mtici_after_mt": "0", "mtici_final": "0",
            "rescue_stent": "refused", "ivt": False, "puncture_at": datetime(2022, 3, 5, 10, 0),
            "ended_at": datetime(2022, 3, 5, 11, 0), "is_index_procedure": True,
        },
    ],
    "imaging": [
        EVERYTHING["imaging"],
        EVERYTHING["imaging"] | {
            "imaging_key": "i0", "imaged_at": datetime(2021, 3, 1, 20, 0),
            "hemorrhage_type": "none", "is_hemorrhage": False,
        },
    ],
    "followups": [
        EVERYTHING["followups"],
        SECOND | {"admission_key": "a2", "lost_to_followup": True, "delivered_on": DELIVERED},
        THIRD | {
            "admission_key": "p3", "mode": "outpatient_visit", "mrs": 2,
            "assessed_on": date(2021, 6, 8), "lost_to_followup": False,
            "delivered_on": DELIVERED,
        },
    ],
}  # fmt: skip


def write_registry(path: Path, **tables: Sequence[Row]) -> Path:
    """Write a release with these rows of the registry; columns that they lack are null."""
    with duckdb.connect(path) as connection:
        connection.execute(RELEASE)
        for table in TABLES:
            (model,) = yaml.safe_load((CONTRACTS / f"{table}.yml").read_text("utf-8"))["models"]
            columns = [f"{column['name']} {column['data_type']}" for column in model["columns"]]
            connection.execute(f"create table registry.{table} ({', '.join(columns)})")
            for row in tables.get(table, ()):
                connection.execute(
                    f"insert into registry.{table} ({', '.join(row)}) "
                    f"values ({', '.join('?' * len(row))})",
                    list(row.values()),
                )
    return path

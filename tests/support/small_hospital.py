"""A small hospital and what it delivers in a week, for the story of its data manager."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

SITE = "small_hospital"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2024, 6, day) for day in (3, 4, 5, 6))
NIGHTS = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY)
Row = dict[str, Any]

ADMISSION: Row = {
    "birth_date": "1955-04-02",
    "sex": "female",
    "onset_at": "2024-01-10 08:03",
    "arrived_at": "2024-01-10 09:31",
    "prestroke_mrs": 0,
    "etiology": "large_artery_atherosclerosis",
    "hypertension": "true",
    "atrial_fibrillation": "false",
    "platelets_giga_per_l": 193,
    "glucose_mmol_per_l": 7.2,
    "systolic_bp_mmhg": 157,
    "baseline_nihss": 14,
    "aspects": 9,
    "consent_given": "true",
}
PROCEDURE: Row = {
    "puncture_at": "2024-01-10 10:22",
    "ended_at": "2024-01-10 11:17",
    "occlusion_site": "mca_m1",
    "ivt": "true",
    "anesthesia": "general",
    "device": "solitaire_ab",
    "passes": 1,
    "residual_stenosis_pct": 43,
    "mtici_after_mt": "2b",
    "rescue_stent": "not_indicated",
    "balloon_angioplasty": "false",
    "tirofiban": "false",
    "artery_perforation": "false",
    "mtici_final": "2b",
}
SCAN: Row = {
    "imaged_at": "2024-01-11 09:12",
    "modality": "ct",
    "hemorrhage_type": "none",
    "nihss_at_imaging": 9,
}
FOLLOWUP: Row = {
    "assessed_on": "2024-04-08",
    "mode": "telephone",
    "mrs": 2,
    "lost_to_followup": "false",
}
# Three patients who differ, so that nobody is taken for somebody else.
ANNE: Row = {"patient_id": "H-001"}
BERT: Row = {"patient_id": "H-002", "birth_date": "1948-11-23", "sex": "male"}
CARL: Row = {"patient_id": "H-003", "birth_date": "1961-07-19", "sex": "male"}
DORA: Row = {"patient_id": "H-004", "birth_date": "1953-02-14"}
EMIL: Row = {"patient_id": "H-005", "birth_date": "1939-09-05", "sex": "male"}
IMPOSSIBLE_NIHSS: Row = {"baseline_nihss": 55}
UNKNOWN_SEX: Row = {"sex": "x9"}


def deliver(raw_dir: Path, day: date) -> None:
    """Put the files of a day into place, as the hospital would."""
    folder = raw_dir / SITE / day.isoformat()
    for extract, rows in DELIVERIES.get(day, {}).items():
        folder.mkdir(parents=True, exist_ok=True)
        header = ",".join(rows[0])
        lines = [",".join(str(value) for value in row.values()) for row in rows]
        (folder / f"{extract}.csv").write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        (folder / "delivery.yaml").write_text(f"mode: {MODES[day]}\n", encoding="utf-8")


def _admission(patient: Row, **changes: Any) -> Row:
    return {"patient_id": None, **ADMISSION, **patient, **changes}


def _of(patient: Row, plain: Row, **keys: str) -> Row:
    return {**keys, "patient_id": patient["patient_id"], **plain}


# "ful" is a slip of the pen: nothing of that delivery can be read.
MODES = {MONDAY: "full", TUESDAY: "delta", WEDNESDAY: "ful", THURSDAY: "full"}
DELIVERIES: dict[date, dict[str, list[Row]]] = {
    MONDAY: {
        "admissions": [_admission(ANNE), _admission(BERT), _admission(CARL)],
        "procedures": [
            _of(patient, PROCEDURE, procedure_id=f"T-{patient['patient_id']}")
            for patient in (ANNE, BERT, CARL)
        ],
        "imaging": [
            _of(patient, SCAN, imaging_id=f"S-{patient['patient_id']}")
            for patient in (ANNE, BERT, CARL)
        ],
        "followups": [_of(patient, FOLLOWUP) for patient in (ANNE, BERT, CARL)],
    },
    TUESDAY: {
        "admissions": [
            _admission(DORA, **IMPOSSIBLE_NIHSS),
            _admission(EMIL, **IMPOSSIBLE_NIHSS),
            _admission(BERT, **UNKNOWN_SEX),
        ],
        "procedures": [_of(DORA, PROCEDURE, procedure_id="T-H-004")],
    },
    WEDNESDAY: {"imaging": [_of(DORA, SCAN, imaging_id="S-H-004")]},
    THURSDAY: {
        "admissions": [
            _admission(ANNE),
            _admission(BERT, **UNKNOWN_SEX),
            _admission(CARL),
            _admission(DORA),
        ],
    },
}

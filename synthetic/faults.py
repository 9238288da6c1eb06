"""The bad rows: what is planted where, and which rows the third delivery corrects.

A bad row never costs the final table a patient: it is either a correction of a row of which a valid
version was delivered before, or a first version that is corrected later. Rows that the
warehouse may only flag concern patients outside the study.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from warehouse.synthetic.extracts import Patient, Row
from warehouse.synthetic.files import Fault, Line
from warehouse.synthetic.outcome import DEAD
from warehouse.synthetic.spelling import Raw

Spoil = Callable[[Row], Row]


@dataclass(frozen=True)
class Plant:
    """One kind of bad row: in which extract, for whom (a pool of patients), and how it is bad."""

    extract: str
    pool: str
    kind: str
    field: str
    spoil: Spoil
    is_corrected: bool = False
    is_unreadable: bool = False


def typed(field: str, text: str) -> Spoil:
    """Put ``text`` into the cell."""
    return lambda row: row | {field: Raw(text)}


def same(row: Row) -> Row:
    """Leave the values as they are."""
    return row


def _arrived_before_onset(row: Row) -> Row:
    return row | {"arrived_at": row["onset_at"] - timedelta(minutes=95)}


def _punctured_before_onset(row: Row) -> Row:
    return row | {"puncture_at": row["puncture_at"] - timedelta(days=2)}


def _ended_before_puncture(row: Row) -> Row:
    return row | {"ended_at": row["puncture_at"] - timedelta(minutes=25)}


def _another_device(row: Row) -> Row:
    return row | {"device": "combined", "passes": row["passes"] + 1}


def _unknown_patient(row: Row) -> Row:
    return row | {"imaging_id": "SYN-I-9999-1", "patient_id": "SYN-2021-9999"}


def _stent_without_stenting(row: Row) -> Row:
    return row | {"stent_patency": "patent"}


def _visited_after_death(row: Row) -> Row:
    visit = row["death_date"] + timedelta(days=40)
    return row | {"mrs": 3, "assessed_on": visit, "mode": "outpatient_visit"}


def _died_after_assessment(row: Row) -> Row:
    return row | {"death_date": row["assessed_on"] + timedelta(days=30)}


def _dead_without_date(row: Row) -> Row:
    return row | {"mrs": DEAD, "death_date": None}


SECOND_DELIVERY = (
    Plant("admissions", "analyzed", "missing_required", "etiology", typed("etiology", "")),
    Plant(
        "admissions",
        "analyzed",
        "impossible_date",
        "arrived_at",
        typed("arrived_at", "2021-02-30 09:40"),
        is_corrected=True,
    ),
    Plant(
        "admissions",
        "analyzed",
        "out_of_range",
        "baseline_nihss",
        typed("baseline_nihss", "55"),
        is_corrected=True,
    ),
    Plant(
        "admissions",
        "excluded",
        "unreadable_number",
        "platelets_giga_per_l",
        typed("platelets_giga_per_l", "12O"),
    ),
    Plant(
        "admissions",
        "analyzed",
        "unreadable_number",
        "baseline_nihss",
        typed("baseline_nihss", "1O"),
    ),
    Plant("admissions", "analyzed", "time_order", "arrived_at", _arrived_before_onset),
    Plant(
        "procedures",
        "analyzed",
        "unknown_code",
        "mtici_after_mt",
        typed("mtici_after_mt", "4"),
        is_corrected=True,
    ),
    Plant("procedures", "analyzed", "time_order", "puncture_at", _punctured_before_onset),
    Plant(
        "procedures",
        "analyzed",
        "time_order",
        "ended_at",
        _ended_before_puncture,
        is_corrected=True,
    ),
    Plant(
        "procedures",
        "analyzed",
        "out_of_range",
        "residual_stenosis_pct",
        typed("residual_stenosis_pct", "170"),
    ),
    Plant(
        "procedures",
        "analyzed",
        "cut_line",
        "",
        same,
        is_corrected=True,
        is_unreadable=True,
    ),
    Plant("imaging", "excluded", "unknown_patient", "patient_id", _unknown_patient),
    Plant(
        "imaging", "excluded", "stent_without_stenting", "stent_patency", _stent_without_stenting
    ),
    Plant(
        "imaging",
        "analyzed",
        "unknown_code",
        "hemorrhage_type",
        typed("hemorrhage_type", "PH-3"),
    ),
    Plant("followups", "pending", "unknown_code", "mrs", typed("mrs", "7"), is_corrected=True),
    Plant("followups", "dead", "visit_after_death", "mrs", _visited_after_death),
    Plant(
        "followups",
        "dead",
        "death_after_visit",
        "death_date",
        _died_after_assessment,
        is_corrected=True,
    ),
    Plant("followups", "excluded", "death_without_date", "death_date", _dead_without_date),
    Plant(
        "followups",
        "pending",
        "unterminated_quote",
        "",
        same,
        is_corrected=True,
        is_unreadable=True,
    ),
)
# Two rows of one procedure that contradict each other.
DUPLICATE = Plant("procedures", "excluded", "duplicate_key", "procedure_id", _another_device)
# A first version without a required cell; the second delivery has the whole row.
FIRST_DELIVERY = Plant(
    "procedures",
    "excluded",
    "missing_required",
    "anesthesia",
    typed("anesthesia", ""),
    is_corrected=True,
)


def true_row(patient: Patient, extract: str) -> Row:
    """The patient's row of that extract as it should be; of several scans the first."""
    rows = {
        "admissions": patient.admission,
        "procedures": patient.procedure,
        "imaging": patient.imaging[0],
        "followups": patient.followup,
    }
    return rows[extract]


def bad_line(plant: Plant, patient: Patient, corrected_in: date) -> Line:
    """The patient's row with the fault in it."""
    row = plant.spoil(true_row(patient, plant.extract))
    fault = Fault(
        plant.kind, plant.field, corrected_in if plant.is_corrected else None, plant.is_unreadable
    )
    return Line(row, fault)

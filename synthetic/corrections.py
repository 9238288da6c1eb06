"""First versions of rows that the second delivery corrects or completes: valid, not yet true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from warehouse.synthetic.extracts import Patient, Row

EARLY_LABS = ("platelets_giga_per_l", "glucose_mmol_per_l", "aspects")


def _swapped_digits(row: Row) -> Row:
    digits = str(row["platelets_giga_per_l"])
    return row | {"platelets_giga_per_l": int(digits[:-2] + digits[-1] + digits[-2])}


def _no_hypertension(row: Row) -> Row:
    return row | {"hypertension": not row["hypertension"]}


def _milder(row: Row) -> Row:
    return row | {"baseline_nihss": row["baseline_nihss"] - 1}


def _longer(row: Row) -> Row:
    return row | {"ended_at": row["ended_at"] + timedelta(minutes=20)}


def _more_passes(row: Row) -> Row:
    return row | {"passes": row["passes"] + 1}


def _overlooked(row: Row) -> Row:
    return row | {"hemorrhage_type": "none"}


def _other_grade(row: Row) -> Row:
    return row | {"mrs": row["mrs"] + (1 if row["mrs"] == 0 else -1)}


def without_labs(row: Row) -> Row:
    """An admission before its laboratory and scan results were entered."""
    return row | dict.fromkeys(EARLY_LABS)


# Extract, pool of patients, first version.
CORRECTED: tuple[tuple[str, str, Callable[[Row], Row]], ...] = (
    ("admissions", "analyzed", _swapped_digits),
    ("admissions", "analyzed", _swapped_digits),
    ("admissions", "analyzed", _no_hypertension),
    ("admissions", "analyzed", _milder),
    ("admissions", "analyzed", _milder),
    ("procedures", "analyzed", _longer),
    ("procedures", "analyzed", _longer),
    ("procedures", "analyzed", _more_passes),
    ("imaging", "bled", _overlooked),
    ("imaging", "bled", _overlooked),
    ("followups", "analyzed", _other_grade),
    ("followups", "analyzed", _other_grade),
)


def needs_late_labs(patient: Patient) -> bool:
    """All results are known in the end, so their absence may be temporary."""
    return all(patient.admission[name] is not None for name in EARLY_LABS)

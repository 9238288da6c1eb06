"""The patients of a seed, and which of them corrections and bad rows may be about."""

from __future__ import annotations

from datetime import date

from warehouse.synthetic.cohort import ICAS, MTICI_SUCCESS, cohort_cases
from warehouse.synthetic.excluded import excluded_cases
from warehouse.synthetic.extracts import Patient, patients
from warehouse.synthetic.outcome import DEAD
from warehouse.synthetic.published import Published
from warehouse.synthetic.randomness import stream
from warehouse.synthetic.samples import find_samples

FIRST_EXPORT = date(2022, 2, 15)
# Guo 2023 Methods: pre-stroke mRS below 2.
PRESTROKE_MRS_LIMIT = 2


def synthetic_patients(seed: int) -> list[Patient]:
    """All patients of that seed with their final, clean rows."""
    published = Published()
    samples = find_samples(published, seed)
    cases = cohort_cases(published, samples, seed) + excluded_cases(published, seed)
    return patients(cases, seed)


def pools(everyone: list[Patient], seed: int) -> dict[str, list[Patient]]:
    """Disjoint, shuffled pools of patients for corrections and bad rows."""
    grouped: dict[str, list[Patient]] = {}
    shuffled = list(everyone)
    stream(seed, "events").shuffle(shuffled)
    for patient in shuffled:
        grouped.setdefault(_pool(patient), []).append(patient)
    return grouped


def _pool(patient: Patient) -> str:
    """Pools that a patient fits; patients with unknown values fit none."""
    case = patient.case
    if patient.followup_known_on >= FIRST_EXPORT:
        return "pending" if not case.is_lost and case.mrs != DEAD else "other"
    if None in (case.platelets, case.mrs, case.systolic_bp, case.ivt):
        return "other"
    if case.etiology == "cardioembolism":
        return "excluded" if case.bleeding is None else "other"
    if not _is_analyzed(patient):
        return "other"
    if case.mrs == DEAD:
        return "dead"
    return "bled" if case.bleeding else "analyzed"


def _is_analyzed(patient: Patient) -> bool:
    case = patient.case
    has_atherosclerosis = case.etiology == ICAS
    is_treated = case.has_stent or case.mtici_after_mt in MTICI_SUCCESS
    return has_atherosclerosis and case.prestroke_mrs < PRESTROKE_MRS_LIMIT and is_treated

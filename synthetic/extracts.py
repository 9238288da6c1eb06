"""Cases become dated, numbered rows of the four extracts; still clean, with Python values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from warehouse.synthetic.calendar import birth_date, follow_up_date, puncture_times
from warehouse.synthetic.case import MAXIMUM_NIHSS, Bleeding, Case
from warehouse.synthetic.outcome import DEAD, SICH_NIHSS_INCREASE
from warehouse.synthetic.randomness import stream

Row = dict[str, object]
EARLY_DEATH_DAYS = 14
ROUTINE_SCAN_HOURS = (14.0, 23.5)
STENT_SCAN_HOURS = (26.0, 44.0)
CONTROL_SCAN_AFTER_HOURS = (6.0, 14.0)
HOURS_BETWEEN_SCANS = 0.5


@dataclass(frozen=True)
class Identity:
    """The invented identifiers of a patient."""

    number: int
    year: int

    @property
    def key(self) -> str:
        """The registry's number."""
        return f"SYN-{self.year}-{self.number:04d}"

    @property
    def name(self) -> str:
        """A name that nobody has."""
        return f"Synthetic Patient {self.number:04d}"

    @property
    def phone(self) -> str:
        """A telephone number that cannot be called."""
        return f"000-0000-{self.number:04d}"


@dataclass(frozen=True)
class Patient:
    """One patient's rows; ``followup`` is known from ``followup_known_on``."""

    case: Case
    admission: Row
    procedure: Row
    imaging: list[Row]
    followup: Row
    followup_known_on: date


def patients(cases: list[Case], seed: int) -> list[Patient]:
    """Rows for all cases, numbered in the order of puncture."""
    rng = stream(seed, "dates")
    order = list(cases)
    rng.shuffle(order)
    dated = sorted(
        zip(puncture_times(rng, [_needs_daytime(case) for case in order]), order, strict=True),
        key=lambda pair: pair[0],
    )
    return [_patient(rng, number, at, case) for number, (at, case) in enumerate(dated, start=1)]


def _needs_daytime(case: Case) -> bool:
    """Days to death and to a late hemorrhage are printed: no procedure over midnight for these."""
    return case.bleeding is not None


def _patient(rng: Random, number: int, puncture_at: datetime, case: Case) -> Patient:
    who = Identity(number, puncture_at.year)
    ended_at = puncture_at + timedelta(minutes=case.duration)
    followup = _followup(rng, who, puncture_at.date(), case)
    known_on = followup["assessed_on"] or puncture_at.date() + timedelta(days=100)
    return Patient(
        case=case,
        admission=_admission(rng, who, puncture_at, case),
        procedure=_procedure(who, puncture_at, ended_at, case),
        imaging=_imaging(rng, who, ended_at, case),
        followup=followup,
        followup_known_on=known_on,
    )


def _admission(rng: Random, who: Identity, puncture_at: datetime, case: Case) -> Row:
    onset_at = puncture_at - timedelta(minutes=case.onset_to_puncture)
    return {
        "patient_id": who.key,
        "patient_name": who.name,
        "phone": who.phone,
        "birth_date": birth_date(rng, onset_at.date(), case.age),
        "sex": "male" if case.is_male else "female",
        "onset_at": onset_at,
        "arrived_at": onset_at + timedelta(minutes=case.onset_to_admission),
        "prestroke_mrs": case.prestroke_mrs,
        "etiology": case.etiology,
        "hypertension": case.hypertension,
        "diabetes": case.diabetes,
        "dyslipidemia": case.dyslipidemia,
        "coronary_artery_disease": case.coronary_artery_disease,
        "atrial_fibrillation": case.atrial_fibrillation,
        "smoking": case.smoking,
        "platelets_giga_per_l": case.platelets,
        "glucose_mmol_per_l": case.glucose,
        "systolic_bp_mmhg": case.systolic_bp,
        "baseline_nihss": case.nihss,
        "aspects": case.aspects,
        "consent_given": True,
    }


def _procedure(who: Identity, puncture_at: datetime, ended_at: datetime, case: Case) -> Row:
    return {
        "procedure_id": f"SYN-P-{who.number:04d}",
        "patient_id": who.key,
        "puncture_at": puncture_at,
        "ended_at": ended_at,
        "occlusion_site": case.occlusion_site,
        "ivt": case.ivt,
        "anesthesia": case.anesthesia,
        "device": case.device,
        "passes": case.passes,
        "residual_stenosis_pct": case.residual_stenosis,
        "mtici_after_mt": case.mtici_after_mt,
        "rescue_stent": case.rescue_stent,
        "balloon_angioplasty": case.balloon_angioplasty,
        "tirofiban": case.tirofiban,
        "artery_perforation": case.artery_perforation,
        "mtici_final": case.mtici_final,
    }


def _imaging(rng: Random, who: Identity, ended_at: datetime, case: Case) -> list[Row]:
    """A scan within 24 hours for everyone, one at a deterioration, vessel imaging of each stent."""
    planned = [(rng.uniform(*ROUTINE_SCAN_HOURS), rng.choices(("ct", "mri"), (0.85, 0.15))[0])]
    bleeding = case.bleeding
    if bleeding and bleeding.nihss_change >= SICH_NIHSS_INCREASE:
        planned.append((bleeding.hours, "ct"))
        planned.append((bleeding.hours + rng.uniform(*CONTROL_SCAN_AFTER_HOURS), "ct"))
    if case.has_stent:
        planned.append((rng.uniform(*STENT_SCAN_HOURS), "cta"))
    drift = _nihss_drift(rng, case)
    return [
        {
            "imaging_id": f"SYN-I-{who.number:04d}-{scan}",
            "patient_id": who.key,
            "imaged_at": ended_at + timedelta(minutes=round(hours * 60)),
            "modality": modality,
            "hemorrhage_type": bleeding.hemorrhage_type if _bled(bleeding, hours) else "none",
            "nihss_at_imaging": _nihss(case, drift, hours),
            "stent_patency": _patency(case, modality),
        }
        for scan, (hours, modality) in enumerate(_spaced(planned), start=1)
    ]


def _spaced(planned: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """Scans in order of time, none at the same time as another."""
    spaced: list[tuple[float, str]] = []
    for hours, modality in sorted(planned):
        earliest = spaced[-1][0] + HOURS_BETWEEN_SCANS if spaced else 0.0
        spaced.append((max(hours, earliest), modality))
    return spaced


def _bled(bleeding: Bleeding | None, hours: float) -> bool:
    return bleeding is not None and hours >= bleeding.hours


def _nihss(case: Case, drift: int, hours: float) -> int:
    """Baseline plus the hemorrhage's change once it bled, plus the usual course before that."""
    change = case.bleeding.nihss_change if _bled(case.bleeding, hours) else drift
    return min(max(case.nihss + change, 0), MAXIMUM_NIHSS)


def _nihss_drift(rng: Random, case: Case) -> int:
    """Invented early course without hemorrhage: mild outcomes improve, deaths may worsen."""
    if case.mrs is None:
        return rng.randint(-4, 2)
    center = {0: -8, 1: -7, 2: -5, 3: -3, 4: -1, 5: 0, DEAD: 3}[case.mrs]
    return center + rng.randint(-2, 2)


def _patency(case: Case, modality: str) -> str | None:
    if not case.has_stent:
        return None
    return "patent" if modality == "cta" else "not_assessed"


def _followup(rng: Random, who: Identity, puncture_on: date, case: Case) -> Row:
    row: Row = {"patient_id": who.key, "phone": who.phone, "assessed_on": None, "mode": None}
    row |= {"mrs": case.mrs, "death_date": None, "lost_to_followup": case.is_lost}
    if case.is_lost:
        return row
    row["assessed_on"] = follow_up_date(rng, puncture_on)
    row["mode"] = rng.choices(("telephone", "outpatient_visit"), (0.7, 0.3))[0]
    if case.death_day is not None:
        row["death_date"] = puncture_on + timedelta(days=case.death_day)
        if case.death_day <= EARLY_DEATH_DAYS:
            learned = row["death_date"] + timedelta(days=rng.randint(0, 1))
            row |= {"mode": "record", "assessed_on": learned}
        else:
            called = max(row["assessed_on"], row["death_date"] + timedelta(days=1))
            row |= {"mode": "telephone", "assessed_on": called}
    return row

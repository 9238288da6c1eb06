"""The patients whom the paper screened and did not analyze: all of it invented but the counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from warehouse.synthetic.case import Bleeding, Case
from warehouse.synthetic.cohort import ICAS
from warehouse.synthetic.outcome import DEAD, LATEST_DEATH_DAY, SICH_NIHSS_INCREASE, silent_bleeding
from warehouse.synthetic.published import Published
from warehouse.synthetic.randomness import bounded_gauss, stream

MISSING_LAB_SHARE = 0.03
DYSLIPIDEMIA_SHARE = 0.38
CORONARY_SHARE = 0.12
SMOKING_SHARE = {True: 0.40, False: 0.06}
DIABETES_SHARE = 0.22
# Thrombolysis within 4.5 hours of onset: arrival in time for it.
EARLY_ARRIVAL_MINUTES = 240
IVT_SHARE = {True: 0.62, False: 0.005}
BALLOON_SHARE = {True: 0.2, False: 0.0}
TIROFIBAN_SHARE = {True: 0.3, False: 0.06}
SICH_SHARE = 0.09
SYMPTOMATIC = {"PH-2": 0.4, "PH-1": 0.25, "HI-2": 0.25, "SAH": 0.10}
PERFORATION_SHARE = 0.01
PERFORATION_BLEEDING = Bleeding("SAH", 0.4, 2)


@dataclass(frozen=True)
class Profile:
    """Differences of a kind of patient: means, shares and weighted codes."""

    age: tuple[float, float] = (63, 12)
    male: float = 0.70
    atrial_fibrillation: float = 0.01
    residual_stenosis: tuple[int, int] = (0, 20)
    lost: float = 0.0
    prestroke: dict[int, float] = field(default_factory=lambda: {0: 0.88, 1: 0.12})
    mtici: dict[str, float] = field(
        default_factory=lambda: {
            "0": 0.02,
            "1": 0.02,
            "2a": 0.08,
            "2b": 0.38,
            "2c": 0.15,
            "3": 0.35,
        }
    )
    sites: dict[str, float] = field(
        default_factory=lambda: {
            "ica": 0.27,
            "mca_m1": 0.46,
            "mca_m2": 0.08,
            "ba": 0.11,
            "va": 0.08,
        }
    )


CARDIOEMBOLIC = Profile(
    age=(72, 11),
    male=0.50,
    atrial_fibrillation=0.86,
    lost=0.03,
    prestroke={0: 0.74, 1: 0.16, 2: 0.05, 3: 0.04, 4: 0.01},
    sites={"ica": 0.33, "mca_m1": 0.46, "mca_m2": 0.11, "aca": 0.01, "ba": 0.08, "pca": 0.01},
)
OTHER_ETIOLOGY = Profile(age=(57, 14), male=0.62, atrial_fibrillation=0.03, lost=0.03)
DISABLED_BEFORE = Profile(
    age=(72, 9), residual_stenosis=(45, 85), prestroke={2: 0.55, 3: 0.35, 4: 0.10}
)
REFUSED = Profile(residual_stenosis=(74, 96), mtici={"0": 0.3, "1": 0.3, "2a": 0.4})
BELOW_70 = Profile(residual_stenosis=(45, 66), mtici={"1": 0.3, "2a": 0.7})
LOST = Profile(residual_stenosis=(45, 68), lost=1.0, mtici={"2b": 0.6, "2c": 0.1, "3": 0.3})
OTHER_ETIOLOGIES = {"undetermined": 0.6, "other_determined": 0.35, "small_vessel_occlusion": 0.05}


def excluded_cases(published: Published, seed: int) -> list[Case]:
    """The excluded patients in the order of the paper's steps, as many as printed for each."""
    rng = stream(seed, "excluded")
    return [
        *_several(rng, CARDIOEMBOLIC, "cardioembolism", published.count("flow.excl.cardio.n")),
        *_other_etiologies(rng, published.count("flow.excl.other_etiol.n")),
        *_several(rng, DISABLED_BEFORE, ICAS, published.count("flow.excl.prestroke_mrs.n")),
        *_refusing(rng, published.count("flow.excl2.refused.n")),
        *_several(rng, BELOW_70, ICAS, published.count("flow.excl2.lt70.n")),
        *_several(rng, LOST, ICAS, published.count("flow.excl2.lost.n")),
    ]


def _several(rng: Random, profile: Profile, etiology: str, count: int) -> Iterator[Case]:
    return (_case(rng, profile, etiology) for _ in range(count))


def _other_etiologies(rng: Random, count: int) -> Iterator[Case]:
    return (_case(rng, OTHER_ETIOLOGY, _pick(rng, OTHER_ETIOLOGIES)) for _ in range(count))


def _refusing(rng: Random, count: int) -> Iterator[Case]:
    cases = _several(rng, REFUSED, ICAS, count)
    return (replace(case, rescue_stent="refused") for case in cases)


def _case(rng: Random, profile: Profile, etiology: str) -> Case:
    age = round(bounded_gauss(rng, *profile.age, 21, 94))
    nihss = round(bounded_gauss(rng, 16.5, 6.5, 3, 36))
    mtici = _pick(rng, profile.mtici)
    perforated = rng.random() < PERFORATION_SHARE
    bleeding = PERFORATION_BLEEDING if perforated else _bleeding(rng)
    mrs = None if rng.random() < profile.lost else _mrs(rng, age, nihss, mtici, bleeding)
    male, hypertension, diabetes = (
        rng.random() < share for share in (profile.male, 0.5 + age / 400, DIABETES_SHARE)
    )
    arrival = round(bounded_gauss(rng, 290, 190, 35, 1000))
    passes = _pick(rng, {1: 0.5, 2: 0.3, 3: 0.14, 4: 0.06})
    return Case(
        etiology=etiology,
        prestroke_mrs=_pick(rng, profile.prestroke),
        age=age,
        is_male=male,
        hypertension=hypertension,
        diabetes=diabetes,
        dyslipidemia=rng.random() < DYSLIPIDEMIA_SHARE,
        coronary_artery_disease=rng.random() < CORONARY_SHARE,
        atrial_fibrillation=rng.random() < profile.atrial_fibrillation,
        smoking=rng.random() < SMOKING_SHARE[male],
        platelets=_lab(rng, round(bounded_gauss(rng, 192, 55, 62, 420))),
        glucose=_lab(rng, round(bounded_gauss(rng, 9.4 if diabetes else 7.0, 1.6, 3.9, 20), 2)),
        systolic_bp=_lab(rng, round(bounded_gauss(rng, 160 if hypertension else 146, 23, 90, 230))),
        nihss=nihss,
        aspects=_lab(rng, _pick(rng, {6: 0.06, 7: 0.14, 8: 0.27, 9: 0.35, 10: 0.18})),
        onset_to_admission=arrival,
        **_procedure(rng, profile, is_icas=etiology == ICAS, arrival=arrival, passes=passes),
        mtici_after_mt=mtici,
        mtici_final=mtici,
        artery_perforation=perforated,
        bleeding=bleeding,
        mrs=mrs,
        death_day=_death_day(rng, bleeding) if mrs == DEAD else None,
    )


def _procedure(
    rng: Random, profile: Profile, *, is_icas: bool, arrival: int, passes: int
) -> dict[str, Any]:
    """Values of the procedure, drawn in this order."""
    return {
        "onset_to_puncture": arrival + round(bounded_gauss(rng, 125, 50, 35, 380)),
        "duration": round(bounded_gauss(rng, 36 + 14 * passes, 14, 18, 170)),
        "occlusion_site": _pick(rng, profile.sites),
        "ivt": rng.random() < IVT_SHARE[arrival < EARLY_ARRIVAL_MINUTES],
        "anesthesia": _pick(rng, {"general": 0.89, "conscious_sedation": 0.09, "local": 0.02}),
        "device": _pick(rng, {"solitaire_ab": 0.88, "combined": 0.08, "aspiration": 0.04}),
        "passes": passes,
        "residual_stenosis": rng.randint(*profile.residual_stenosis),
        "rescue_stent": "not_indicated",
        "balloon_angioplasty": rng.random() < BALLOON_SHARE[is_icas],
        "tirofiban": rng.random() < TIROFIBAN_SHARE[is_icas],
    }


def _pick(rng: Random, weights: dict):
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def _lab(rng: Random, value):
    """The value, or None where the laboratory sheet was lost."""
    return None if rng.random() < MISSING_LAB_SHARE else value


def _bleeding(rng: Random) -> Bleeding | None:
    draw = rng.random()
    if draw < SICH_SHARE:
        hours = round(rng.choice((rng.uniform(2, 21), rng.uniform(46, 50))), 2)
        change = SICH_NIHSS_INCREASE + rng.randint(0, 6)
        return Bleeding(_pick(rng, SYMPTOMATIC), hours, change)
    return silent_bleeding(rng) if draw < SICH_SHARE + 0.12 else None


def _mrs(rng: Random, age: int, nihss: int, mtici: str, bleeding: Bleeding | None) -> int:
    """A score from age, severity, reperfusion and hemorrhage, cut into the seven grades."""
    score = 0.04 * (age - 68) + 0.12 * (nihss - 16) + rng.gauss(0, 1.3)
    score += 1.0 if mtici in ("0", "1", "2a") else 0.0
    score += 2.0 if bleeding and bleeding.nihss_change >= SICH_NIHSS_INCREASE else 0.0
    cuts = (-1.9, -0.9, -0.2, 0.6, 1.4, 2.1)
    return sum(score > cut for cut in cuts)


def _death_day(rng: Random, bleeding: Bleeding | None) -> int:
    return min(4 + int(rng.expovariate(1 / (8 if bleeding else 20))), LATEST_DEATH_DAY)

"""The patients of the paper's two groups: printed margins, plausible joint behavior.

Every variable's values in a group are fixed by the search or by a printed count. Which patient gets
which value is free, and is decided by rank correlation with severity, outcome or another variable.
"""

from __future__ import annotations

from random import Random

from warehouse.synthetic.case import Case
from warehouse.synthetic.outcome import Outcome, group_outcomes
from warehouse.synthetic.published import GROUPS, Published
from warehouse.synthetic.randomness import by_rank, flags, split, stream
from warehouse.synthetic.samples import GLUCOSE_UNITS, SHORTEST_DOOR_TO_PUNCTURE, Samples

LONGEST_DOOR_TO_PUNCTURE = 480
FREE_SWAPS = 400
ICAS = "large_artery_atherosclerosis"
SITES = {
    "ica": {"ica": 1.0},
    "mca": {"mca_m1": 0.85, "mca_m2": 0.15},
    "ba": {"ba": 1.0},
    "va": {"va": 1.0},
}
# Invented: reperfusion before a rescue stent, after it, and after thrombectomy alone.
MTICI_BEFORE_STENT = {"0": 0.25, "1": 0.30, "2a": 0.45}
MTICI_SUCCESS = {"2b": 0.50, "2c": 0.18, "3": 0.32}
ABOVE_THRESHOLD = {"rs": (72, 97), "non_rs": (71, 88)}
BELOW_THRESHOLD = (35, 70)
BALLOON_SHARE = {"rs": 0.61, "non_rs": 0.14}
NON_RS_TIROFIBAN_SHARE = 0.16


def cohort_cases(published: Published, samples: Samples, seed: int) -> list[Case]:
    """The analyzed patients of both groups."""
    cases: list[Case] = []
    for group in GROUPS:
        rng = stream(seed, f"cohort {group}")
        cases += _Group(rng, published, samples, group).cases()
    return cases


class _Group:
    """Assigns the values of one group to its patients."""

    def __init__(self, rng: Random, published: Published, samples: Samples, group: str) -> None:
        self._rng = rng
        self._published = published
        self._samples = {name: values[group] for name, values in samples.items()}
        self._group = group
        self._outcomes = group_outcomes(rng, published, group)
        self._severity = [outcome.severity for outcome in self._outcomes]
        self._size = len(self._outcomes)

    def cases(self) -> list[Case]:
        """One case per patient of the group."""
        columns = self._baseline() | self._times() | self._treatment()
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return [
            Case(**row, **_outcome_fields(outcome))
            for row, outcome in zip(rows, self._outcomes, strict=True)
        ]

    def _sample(self, name: str, driver: list, correlation: float) -> list:
        """A searched sample in the order of ``driver``; unknown values go to anyone."""
        values = list(self._samples[name])
        unknown = self._size - len(values)
        holders = set(self._rng.sample(range(self._size), unknown))
        known = [x for index, x in enumerate(driver) if index not in holders]
        dealt = iter(by_rank(self._rng, values, known, correlation))
        return [None if index in holders else next(dealt) for index in range(self._size)]

    def _flags(self, variable: str, driver: list, correlation: float) -> list[bool | None]:
        """The printed number of trues, rather for those with a high ``driver``."""
        count = self._published.count(f"t1.{variable}.{self._group}.n")
        known = self._published.observed(variable, self._group)
        dealt = by_rank(self._rng, flags(self._size, count), driver, correlation)
        absent = [index for index, value in enumerate(dealt) if not value]
        for index in self._rng.sample(absent, self._size - known):
            dealt[index] = None
        return dealt

    def _baseline(self) -> dict[str, list]:
        age = self._sample("age", self._severity, 0.35)
        male = self._flags("male", age, -0.30)
        hypertension = self._flags("hypertension", age, 0.35)
        diabetes = self._flags("diabetes", age, 0.15)
        glucose = self._sample("glucose", diabetes, 0.70)
        return {
            "etiology": [ICAS] * self._size,
            "prestroke_mrs": by_rank(
                self._rng, split(self._rng, self._size, {0: 0.88, 1: 0.12}), age, 0.4
            ),
            "age": age,
            "is_male": male,
            "hypertension": hypertension,
            "diabetes": diabetes,
            "dyslipidemia": self._flags("dyslipidemia", age, 0.10),
            "coronary_artery_disease": self._flags("cad", age, 0.50),
            "atrial_fibrillation": by_rank(self._rng, flags(self._size, 1), age, 0.3),
            "smoking": self._flags("smoking", male, 0.60),
            "platelets": self._sample("platelets", age, -0.20),
            "glucose": [value / GLUCOSE_UNITS for value in glucose],
            "systolic_bp": self._sample("sbp", hypertension, 0.35),
            "nihss": self._sample("nihss", self._severity, 0.55),
            "aspects": self._sample("aspect", self._severity, -0.40),
        }

    def _times(self) -> dict[str, list]:
        arrivals = self._samples["ota"]
        punctures = _shuffled_punctures(self._rng, arrivals, self._samples["otp"])
        pairs = by_rank(
            self._rng, list(zip(arrivals, punctures, strict=True)), self._severity, 0.10
        )
        return {
            "onset_to_admission": [arrived for arrived, _ in pairs],
            "onset_to_puncture": [punctured for _, punctured in pairs],
            "ivt": self._flags("ivt", [-arrived for arrived, _ in pairs], 0.98),
        }

    def _treatment(self) -> dict[str, list]:
        stented = self._group == "rs"
        site = self._sites()
        passes = self._sample("passes", self._severity, 0.25)
        residual = self._residual_stenosis()
        after, final = self._reperfusion(stented)
        balloon = round(BALLOON_SHARE[self._group] * self._size)
        tirofiban = self._size if stented else round(NON_RS_TIROFIBAN_SHARE * self._size)
        general = self._flags("ga", self._severity, 0.20)
        return {
            "duration": self._sample("proc", passes, 0.55),
            "occlusion_site": site,
            "anesthesia": ["general" if value else "conscious_sedation" for value in general],
            "device": ["solitaire_ab"] * self._size,
            "passes": passes,
            "residual_stenosis": residual,
            "mtici_after_mt": after,
            "rescue_stent": ["placed" if stented else "not_indicated"] * self._size,
            "mtici_final": final,
            "balloon_angioplasty": by_rank(self._rng, flags(self._size, balloon), residual, 0.6),
            "tirofiban": by_rank(self._rng, flags(self._size, tirofiban), residual, 0.5),
        }

    def _sites(self) -> list[str]:
        """Printed arteries; vertebrobasilar occlusions rather in severe strokes (invented)."""
        sites: list[str] = []
        for artery in ("mca", "ica", "va", "ba"):
            count = self._published.count(f"t1.{artery}.{self._group}.n")
            sites += split(self._rng, count, SITES[artery])
        return by_rank(self._rng, sites, self._severity, 0.20)

    def _residual_stenosis(self) -> list[int]:
        """Above the threshold: all stented patients and as many others as the paper leaves."""
        above = self._published.count("flow.stenosis70.n") - self._published.group_size("rs")
        if self._group == "rs":
            above = self._size
        low, high = ABOVE_THRESHOLD[self._group]
        values = [self._rng.randint(*BELOW_THRESHOLD) for _ in range(self._size - above)]
        values += [self._rng.randint(low, high) for _ in range(above)]
        return by_rank(self._rng, sorted(values), self._severity, 0.15)

    def _reperfusion(self, stented: bool) -> tuple[list[str], list[str]]:
        """Reperfusion after thrombectomy and at the end; better with mild outcomes."""
        final = split(self._rng, self._size, MTICI_SUCCESS)
        final = by_rank(self._rng, final, [-severity for severity in self._severity], 0.35)
        if not stented:
            return list(final), final
        before = split(self._rng, self._size, MTICI_BEFORE_STENT)
        return by_rank(self._rng, before, [-x for x in self._severity], 0.20), final


def _shuffled_punctures(rng: Random, arrivals: list[int], punctures: list[int]) -> list[int]:
    """Loosen the pairing by rank while every door-to-puncture time stays plausible."""
    paired = list(punctures)
    for _ in range(FREE_SWAPS):
        one, other = rng.sample(range(len(paired)), 2)
        delays = (paired[other] - arrivals[one], paired[one] - arrivals[other])
        if min(delays) >= SHORTEST_DOOR_TO_PUNCTURE and max(delays) <= LONGEST_DOOR_TO_PUNCTURE:
            paired[one], paired[other] = paired[other], paired[one]
    return paired


def _outcome_fields(outcome: Outcome) -> dict:
    return {
        "artery_perforation": outcome.perforation,
        "bleeding": outcome.bleeding,
        "mrs": outcome.mrs,
        "death_day": outcome.death_day,
    }

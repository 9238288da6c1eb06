"""Outcomes of one group: mRS, deaths and hemorrhages that belong together."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from warehouse.synthetic.case import Bleeding
from warehouse.synthetic.published import Published
from warehouse.synthetic.randomness import by_rank, flags, split

DEAD = 6
# Invented: how the printed mRS 0-2 and the remaining survivors spread over the grades.
GOOD_GRADES = {0: 0.22, 1: 0.40, 2: 0.38}
POOR_GRADES = {3: 0.43, 4: 0.35, 5: 0.22}
# Invented: symptomatic hemorrhages other than parenchymal hematoma, and asymptomatic ones.
OTHER_SYMPTOMATIC = {"HI-2": 0.6, "SAH": 0.25, "IVH": 0.15}
ASYMPTOMATIC = {"HI-1": 0.5, "HI-2": 0.35, "SAH": 0.15}
ASYMPTOMATIC_SHARE = 0.10
# sICH: an increase of at least 4 points in the NIHSS (Guo 2023 Methods).
SICH_NIHSS_INCREASE = 4
# Paper, Results: bleeding hours after the procedure for perforation, first day and second day.
DURING = (0.3, 0.9)
FIRST_DAY = (2.0, 21.0)
SECOND_DAY = (46.0, 50.0)
LATEST_DEATH_DAY = 88


@dataclass
class Outcome:
    """Outcome of one patient; ``severity`` drives the other variables."""

    mrs: int
    severity: float
    perforation: bool = False
    bleeding: Bleeding | None = None
    death_day: int | None = None


def group_outcomes(rng: Random, published: Published, group: str) -> list[Outcome]:
    """Outcomes of a group of the cohort with the printed counts of Table 2, mildest first."""
    outcomes = _graded(rng, published, group)
    perforated = (
        published.count("res.sich.perforation.rs.n") if group == "rs" else 0
    )  # the paper names perforations in the stented group only
    dead = [outcome for outcome in outcomes if outcome.mrs == DEAD]
    for outcome in rng.sample(dead, perforated):
        outcome.perforation = True
        outcome.death_day = published.count("res.sich.perforation.rs.death_day")
    _bleed(rng, published, group, outcomes)
    for outcome in dead:
        outcome.death_day = outcome.death_day or _death_day(rng, outcome.bleeding)
    return outcomes


def _graded(rng: Random, published: Published, group: str) -> list[Outcome]:
    size = published.group_size(group)
    good = published.count(f"t2.mrs02.{group}.n")
    dead = published.count(f"t2.mort.{group}.n")
    grades = split(rng, good, GOOD_GRADES) + split(rng, size - good - dead, POOR_GRADES)
    grades += [DEAD] * dead
    return [Outcome(mrs, mrs + rng.gauss(0, 0.8)) for mrs in grades]


def _bleed(rng: Random, published: Published, group: str, outcomes: list[Outcome]) -> None:
    """Give the printed number of patients a symptomatic hemorrhage, and some a silent one."""
    certain = [outcome for outcome in outcomes if outcome.perforation]
    others = [outcome for outcome in outcomes if not outcome.perforation]
    count = published.count(f"t2.sich.{group}.n") - len(certain)
    marks = by_rank(rng, flags(len(others), count), [o.severity for o in others], 0.7)
    chosen = [o for o, symptomatic in zip(others, marks, strict=True) if symptomatic]
    chosen.sort(key=lambda outcome: outcome.severity, reverse=True)
    types = _symptomatic_types(rng, published, group)
    hours = _symptomatic_hours(rng, published, group, len(chosen))
    for outcome in certain:
        outcome.bleeding = Bleeding(types.pop(0), _hours(rng, DURING), rng.randint(8, 16))
    for outcome, kind, hour in zip(chosen, types, hours, strict=True):
        outcome.bleeding = Bleeding(kind, hour, SICH_NIHSS_INCREASE + rng.randint(0, 8))
    silent = [outcome for outcome in others if outcome.bleeding is None]
    for outcome in rng.sample(silent, round(ASYMPTOMATIC_SHARE * len(silent))):
        outcome.bleeding = silent_bleeding(rng)


def silent_bleeding(rng: Random) -> Bleeding:
    """An asymptomatic hemorrhage on the first day's scan."""
    kind = rng.choices(list(ASYMPTOMATIC), weights=list(ASYMPTOMATIC.values()))[0]
    return Bleeding(kind, _hours(rng, (1.0, 10.0)), rng.randint(-6, SICH_NIHSS_INCREASE - 2))


def _symptomatic_types(rng: Random, published: Published, group: str) -> list[str]:
    """Worst first: PH-2, PH-1, then invented types. PH is taken as a subset of sICH (invented)."""
    types = ["PH-2"] * published.count(f"t2.ph2.{group}.n")
    types += ["PH-1"] * published.count(f"t2.ph1.{group}.n")
    others = published.count(f"t2.sich.{group}.n") - len(types)
    weights = list(OTHER_SYMPTOMATIC.values())
    return types + rng.choices(list(OTHER_SYMPTOMATIC), weights=weights, k=others)


def _symptomatic_hours(rng: Random, published: Published, group: str, count: int) -> list[float]:
    """Printed for the stented group; invented for the other with the same shape."""
    late = published.count("res.sich.2d.rs.n") if group == "rs" else round(count / 4)
    hours = [_hours(rng, SECOND_DAY) for _ in range(late)]
    hours += [_hours(rng, FIRST_DAY) for _ in range(count - late)]
    rng.shuffle(hours)
    return hours


def _hours(rng: Random, bounds: tuple[float, float]) -> float:
    return round(rng.uniform(*bounds), 2)


def _death_day(rng: Random, bleeding: Bleeding | None) -> int:
    """Invented: days from puncture to death, early after a hemorrhage."""
    mean = 6 if bleeding and bleeding.nihss_change >= SICH_NIHSS_INCREASE else 22
    return min(4 + int(rng.expovariate(1 / mean)), LATEST_DEATH_DAY)

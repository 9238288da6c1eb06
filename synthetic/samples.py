"""The samples of Table 1's continuous lines, found for one seed."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from warehouse.synthetic.published import GROUPS, Published
from warehouse.synthetic.randomness import stream
from warehouse.synthetic.search import SearchError, find_mean_samples, find_quartile_samples
from warehouse.synthetic.targets import MeanSd, Quartiles, f_at_p, statistic_window, z_at_p

Pair = tuple[list[int], list[int]]
Samples = dict[str, dict[str, list[int]]]

GLUCOSE_UNITS = 100

# Variable of the paper's tables: (units per printed 1, smallest, largest value in units).
QUARTILE_LINES = {
    "platelets": (1, 62, 395),
    "glucose": (GLUCOSE_UNITS, 380, 2200),
    "nihss": (1, 4, 36),
    "ota": (1, 40, 1150),
    "aspect": (1, 5, 10),
    "otp": (1, 110, 1425),
    "proc": (1, 18, 165),
    "passes": (1, 1, 6),
}
MEAN_LINES = {"age": (26, 90), "sbp": (92, 236)}
# The statistic printed for systolic pressure is Levene's F; a Student t of 1.36 is impossible.
LEVENE_LINES = ("sbp",)


# Nobody is punctured sooner after arrival than this (minutes).
SHORTEST_DOOR_TO_PUNCTURE = 20
PAIRING_ATTEMPTS = 500


def find_samples(published: Published, seed: int) -> Samples:
    """Sorted samples by variable and group that meet their printed lines. Raises SearchError."""
    found = {
        name: _quartile_line(published, seed, name) for name in QUARTILE_LINES if name != "otp"
    }
    found |= {name: _mean_line(published, seed, name) for name in MEAN_LINES}
    found["otp"] = _puncture_after_arrival(published, seed, found["ota"])
    return {name: dict(zip(GROUPS, pair, strict=True)) for name, pair in found.items()}


def _puncture_after_arrival(published: Published, seed: int, ota: Pair) -> Pair:
    """Onset-to-puncture samples that can be paired with the onset-to-admission samples."""
    for attempt in range(PAIRING_ATTEMPTS):
        otp = _quartile_line(published, seed, "otp", attempt)
        gaps = [
            punctured - arrived
            for arrivals, punctures in zip(ota, otp, strict=True)
            for arrived, punctured in zip(arrivals, punctures, strict=True)
        ]
        if min(gaps) >= SHORTEST_DOOR_TO_PUNCTURE:
            return otp
    raise SearchError(f"seed {seed}: no puncture times that all follow the arrival times")


def _quartile_line(published: Published, seed: int, name: str, attempt: int = 0) -> Pair:
    units, low, high = QUARTILE_LINES[name]
    targets = tuple(_quartiles(published, name, group, units) for group in GROUPS)
    statistic, p = published.number(f"t1.{name}.stat"), published.number(f"t1.{name}.p")
    goal = statistic_window(statistic, p, z_at_p)
    rng = stream(seed, f"sample {name} {attempt}")
    return find_quartile_samples(rng, targets, (low, high), goal)


def _quartiles(published: Published, name: str, group: str, units: int) -> Quartiles:
    def scaled(statistic: str) -> Fraction:
        return published.number(f"t1.{name}.{group}.{statistic}").value * units

    n = published.observed(name, group)
    return Quartiles(n, scaled("q1"), scaled("median"), scaled("q3"))


def _mean_line(published: Published, seed: int, name: str) -> Pair:
    targets = tuple(_mean_sd(published, name, group) for group in GROUPS)
    goal = None
    if name in LEVENE_LINES:
        statistic, p = published.number(f"t1.{name}.stat"), published.number(f"t1.{name}.p")
        goal = statistic_window(
            statistic, p, partial(f_at_p, n=sum(target.n for target in targets))
        )
    return find_mean_samples(stream(seed, f"sample {name}"), targets, MEAN_LINES[name], goal)


def _mean_sd(published: Published, name: str, group: str) -> MeanSd:
    mean = published.number(f"t1.{name}.{group}.mean")
    sd = published.number(f"t1.{name}.{group}.sd")
    return MeanSd(published.observed(name, group), mean, sd)

"""Deterministic local search for whole-number samples with printed summaries and test statistics.

Two kinds of line are searched for: median with quartiles (Hyndman-Fan type 6) and a tie-corrected
Mann-Whitney |Z|, and mean with SD and, where asked, a mean-centred Levene F. Samples are whole
numbers of the variable's smallest unit (glucose: 0.01 mmol/L).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

import numpy as np
from scipy import stats

from synthetic.published import Printed

RESTARTS = 60
STEPS = 6000
# Share of the admissible interval left unused at either end, so that no result sits on an edge.
MARGIN = Fraction(1, 10)


class SearchError(Exception):
    """No sample was found; the message says for which targets."""


@dataclass(frozen=True)
class Quartiles:
    """Targets of one group, in whole units: observations, first quartile, median, third."""

    n: int
    q1: Fraction
    median: Fraction
    q3: Fraction


@dataclass(frozen=True)
class MeanSd:
    """Targets of one group: observations, printed mean and printed SD."""

    n: int
    mean: Printed
    sd: Printed


@dataclass(frozen=True)
class Window:
    """Interval that a statistic has to hit."""

    low: float
    high: float

    def miss(self, value: float) -> float:
        """Distance from the middle in half-widths; at most 1 is a hit."""
        return abs(value - (self.low + self.high) / 2) / ((self.high - self.low) / 2)


def window(printed: Printed) -> Window:
    """The values that print as this number, edges left out."""
    inset = (printed.high - printed.low) * MARGIN
    return Window(float(abs(printed.low) + inset), float(abs(printed.high) - inset))


def test_window(statistic: Printed, p: Printed, statistic_at_p: Callable[[float], float]) -> Window:
    """Absolute values of the statistic for which both it and its p value print as published."""
    centre = abs(statistic.value)
    half = Fraction(1, 2 * 10**statistic.decimals)
    low = max(float(centre - half), statistic_at_p(float(p.high)))
    high = min(float(centre + half), statistic_at_p(max(float(p.low), 0.0)))
    inset = (high - low) * float(MARGIN)
    return Window(low + inset, high - inset)


def mann_whitney_z(first: np.ndarray, second: np.ndarray) -> float:
    """Tie-corrected normal deviate without continuity correction; positive if ``first`` is higher."""
    counts = np.zeros((2, int(max(first.max(), second.max())) + 1))
    np.add.at(counts[0], first, 1)
    np.add.at(counts[1], second, 1)
    ties = counts.sum(axis=0)
    midranks = np.cumsum(ties) - (ties - 1) / 2
    n, m = len(first), len(second)
    total = n + m
    rank_sum = float(counts[0] @ midranks)
    tie_term = float((ties**3 - ties).sum()) / (total * (total - 1))
    variance = n * m / 12 * (total + 1 - tie_term)
    return (rank_sum - n * (total + 1) / 2) / math.sqrt(variance)


def levene_f(first: np.ndarray, second: np.ndarray) -> float:
    """Levene's F with deviations from the group mean."""
    deviations = [np.abs(x - x.mean()) for x in (first, second)]
    means = [d.mean() for d in deviations]
    within = sum(((d - m) ** 2).sum() for d, m in zip(deviations, means, strict=True))
    n, m = len(first), len(second)
    between = n * m / (n + m) * (means[0] - means[1]) ** 2
    return float(between / (within / (n + m - 2)))


def find_quartile_samples(
    rng: Random, groups: tuple[Quartiles, Quartiles], limits: tuple[int, int], target: Window
) -> tuple[list[int], list[int]]:
    """Two samples within ``limits`` with exactly these quartiles and |Z| in ``target``."""
    for _ in range(RESTARTS):
        first, second = (_Piecewise(rng, group, limits) for group in groups)
        error = target.miss(abs(mann_whitney_z(first.values, second.values)))
        for _ in range(STEPS):
            if error <= 1:
                return sorted(first.values.tolist()), sorted(second.values.tolist())
            sample = rng.choice((first, second))
            undo = sample.move(rng)
            moved = target.miss(abs(mann_whitney_z(first.values, second.values)))
            if moved > error:
                undo()
            else:
                error = moved
    raise SearchError(f"no samples with {groups} within {limits} and |Z| in {target}")


class _Piecewise:
    """A sample whose quartiles cannot change: every value stays between its two anchors."""

    def __init__(self, rng: Random, target: Quartiles, limits: tuple[int, int]) -> None:
        spread = float(target.q3 - target.q1)
        self._stride = max(1, round(spread / 8))
        anchors = _anchors(rng, target, round(spread / 40))
        self.values = np.empty(target.n, dtype=np.int64)
        self._bounds: dict[int, tuple[int, int]] = {}
        edges = [(0, limits[0]), *sorted(anchors.items()), (target.n + 1, limits[1])]
        for (left, low), (right, high) in zip(edges, edges[1:], strict=False):
            for rank in range(left + 1, right):
                self._bounds[rank - 1] = (low, high)
                self.values[rank - 1] = _draw(rng, low, high, spread, left, right > target.n)
        for rank, value in anchors.items():
            self.values[rank - 1] = value
        self._free = sorted(self._bounds)

    def move(self, rng: Random) -> Callable[[], None]:
        """Shift one free value a little; the returned function takes it back."""
        index = rng.choice(self._free)
        low, high = self._bounds[index]
        before = self.values[index]
        shift = rng.randint(1, self._stride) * rng.choice((-1, 1))
        self.values[index] = min(max(before + shift, low), high)

        def undo() -> None:
            self.values[index] = before

        return undo


def _draw(rng: Random, low: int, high: int, spread: float, left: int, is_top: bool) -> int:
    """A first value: uniform between anchors, exponential tails below the first, above the last."""
    if left > 0 and not is_top:
        return rng.randint(low, high)
    while True:
        distance = int(rng.expovariate(1 / (0.45 * spread)))
        if distance <= high - low:
            return low + distance if is_top else high - distance


def _anchors(rng: Random, target: Quartiles, widest: int) -> dict[int, int]:
    """Order statistics (by rank) that fix the three type-6 quartiles exactly."""
    anchors: dict[int, int] = {}
    quarters = ((1, target.q1), (2, target.median), (3, target.q3))
    for quarter, value in quarters:
        position = Fraction((target.n + 1) * quarter, 4)
        rank, share = int(position), position % 1
        gaps = [gap for gap in range(9) if (value - share * gap).denominator == 1]
        gap = rng.choice([gap for gap in gaps if gap <= widest] or gaps[:1])
        anchors[rank] = int(value - share * gap)
        if share:
            anchors[rank + 1] = anchors[rank] + gap
    return anchors


def find_mean_samples(
    rng: Random,
    groups: tuple[MeanSd, MeanSd],
    limits: tuple[int, int],
    levene: Window | None = None,
) -> tuple[list[int], list[int]]:
    """Two samples within ``limits`` with these printed means and SDs (and Levene's F)."""
    targets = [window(group.sd) for group in groups]
    for _ in range(RESTARTS):
        samples = [_with_mean(rng, group, limits) for group in groups]
        error = _mean_error(samples, targets, levene)
        for _ in range(STEPS):
            if error <= 1:
                return sorted(samples[0].tolist()), sorted(samples[1].tolist())
            sample = rng.choice(samples)
            before = sample.copy()
            _trade(rng, sample, limits)
            moved = _mean_error(samples, targets, levene)
            if moved > error:
                sample[:] = before
            else:
                error = moved
    raise SearchError(f"no samples with {groups} within {limits} and Levene's F in {levene}")


def _mean_error(samples: list[np.ndarray], targets: list[Window], levene: Window | None) -> float:
    """The worst miss; while one target is far off the others are free to move."""
    misses = [
        target.miss(float(sample.std(ddof=1)))
        for sample, target in zip(samples, targets, strict=True)
    ]
    if levene:
        misses.append(levene.miss(levene_f(*samples)))
    return max(misses)


def _trade(rng: Random, sample: np.ndarray, limits: tuple[int, int]) -> None:
    """Move one value up and another down by as much: the mean stays."""
    up, down = rng.sample(range(len(sample)), 2)
    step = rng.randint(1, 3)
    if sample[up] + step <= limits[1] and sample[down] - step >= limits[0]:
        sample[up] += step
        sample[down] -= step


def _with_mean(rng: Random, target: MeanSd, limits: tuple[int, int]) -> np.ndarray:
    """Roughly normal whole numbers whose mean prints as published."""
    total = math.ceil(target.mean.low * target.n)
    if total >= target.mean.high * target.n:
        raise SearchError(f"no {target.n} whole numbers have the mean {target.mean}")
    centre, sd = float(target.mean.value), float(target.sd.value)
    drawn = [min(max(round(rng.gauss(centre, sd)), limits[0]), limits[1]) for _ in range(target.n)]
    while (gap := total - sum(drawn)) != 0:
        index = rng.randrange(target.n)
        moved = drawn[index] + (1 if gap > 0 else -1)
        if limits[0] <= moved <= limits[1]:
            drawn[index] = moved
    return np.array(drawn, dtype=np.int64)


def z_at_p(p: float) -> float:
    """The |Z| whose two-sided normal p value is ``p``."""
    return float(stats.norm.isf(p / 2))


def f_at_p(p: float, n: int) -> float:
    """The F with 1 and ``n - 2`` degrees of freedom whose upper tail is ``p``."""
    return float(stats.f.isf(p, 1, n - 2))

"""Deterministic local search for whole-number samples with printed summaries and test statistics.

Two kinds of line are searched for: median with quartiles (Hyndman-Fan type 6) and a tie-corrected
Mann-Whitney |Z|, and mean with SD and, where asked, a mean-centered Levene F. Samples are whole
numbers of the variable's smallest unit (glucose: 0.01 mmol/L).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from random import Random

import numpy as np

from warehouse.synthetic.targets import MeanSd, Quartiles, Window, levene_f, mann_whitney_z, window

RESTARTS = 60
STEPS = 6000
# Mean length of a first tail in interquartile ranges.
TAIL = 0.45


class SearchError(Exception):
    """No sample was found; the message names the targets."""


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
        for (left, low), (right, high) in pairwise(edges):
            for rank in range(left + 1, right):
                self._bounds[rank - 1] = (low, high)
                tail = _tail(left, right, target.n)
                self.values[rank - 1] = _draw(rng, (low, high), spread, tail)
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


def _tail(left: int, right: int, n: int) -> str:
    """Return the tail in which the ranks between two anchors are, if any."""
    if right > n:
        return "upper"
    return "lower" if left == 0 else ""


def _draw(rng: Random, bounds: tuple[int, int], spread: float, tail: str) -> int:
    """A first value: uniform between anchors, exponential beyond the first and the last."""
    low, high = bounds
    if not tail:
        return rng.randint(low, high)
    while True:
        distance = int(rng.expovariate(1 / (TAIL * spread)))
        if distance <= high - low:
            return low + distance if tail == "upper" else high - distance


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
    center, sd = float(target.mean.value), float(target.sd.value)
    drawn = [min(max(round(rng.gauss(center, sd)), limits[0]), limits[1]) for _ in range(target.n)]
    while (gap := total - sum(drawn)) != 0:
        index = rng.randrange(target.n)
        moved = drawn[index] + (1 if gap > 0 else -1)
        if limits[0] <= moved <= limits[1]:
            drawn[index] = moved
    return np.array(drawn, dtype=np.int64)

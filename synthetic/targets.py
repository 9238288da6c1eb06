"""Targets of a sample: printed summaries, windows for statistics, and those statistics."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy import stats

from warehouse.synthetic.published import Printed

# Share of the admissible interval left unused at either end, so that no result sits on an edge.
MARGIN = Fraction(1, 10)


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


def statistic_window(
    statistic: Printed, p: Printed, statistic_at_p: Callable[[float], float]
) -> Window:
    """Absolute values of the statistic for which both it and its p value print as published."""
    center = abs(statistic.value)
    half = Fraction(1, 2 * 10**statistic.decimals)
    low = max(float(center - half), statistic_at_p(float(p.high)))
    high = min(float(center + half), statistic_at_p(max(float(p.low), 0.0)))
    inset = (high - low) * float(MARGIN)
    return Window(low + inset, high - inset)


def mann_whitney_z(first: np.ndarray, second: np.ndarray) -> float:
    """Tie-corrected normal deviate, no continuity correction; positive if ``first`` is higher."""
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


def z_at_p(p: float) -> float:
    """The |Z| whose two-sided normal p value is ``p``."""
    return float(stats.norm.isf(p / 2))


def f_at_p(p: float, n: int) -> float:
    """The F with 1 and ``n - 2`` degrees of freedom whose upper tail is ``p``."""
    return float(stats.f.isf(p, 1, n - 2))

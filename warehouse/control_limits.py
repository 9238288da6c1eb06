"""Limits of control charts: which months differ by more than chance from the others.

Shares: p-chart with exact binomial limits, so that months with few patients get the wide limits
that they deserve (Spiegelhalter 2005, doi:10.1002/sim.1970). Counts: c-chart with exact Poisson
limits. Times: XmR chart, mean +/- 2.66 times the mean moving range (Wheeler and Chambers 1992;
2.66 = 3 / 1.128).
All leave about 0.27% of months outside by chance, as three standard deviations do for normal
values.

A run is eight months or more on one side of the median, those on it passed over (Perla, Provost and
Murray 2011, doi:10.1136/bmjqs.2009.037895). Eight, on purpose stricter than their six: a page has
many charts, and of random months six on one side are a common sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy import special

TAIL = 0.00135
"""Chance beyond each limit: that of three standard deviations of a normal value."""
MOVING_RANGE_FACTOR = 2.66
RUN = 8
NOISE = 1e-9

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chart:
    """Values in order with their centre and limits; None where a month has no value."""

    values: tuple[float | None, ...]
    centre: float | None
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]

    @property
    def outside(self) -> tuple[bool, ...]:
        """Whether each value is beyond its limits."""
        return tuple(
            value is not None
            and low is not None
            and high is not None
            and not low - NOISE <= value <= high + NOISE
            for value, low, high in zip(self.values, self.low, self.high, strict=True)
        )

    @property
    def in_run(self) -> tuple[bool, ...]:
        """Whether each value is part of a run: eight or more in a row on one side of the median.

        A value on the median and a month without a value neither count nor end a run.
        """
        known = [value for value in self.values if value is not None]
        middle = median(known) if known else 0.0
        flags = [False] * len(self.values)
        run: list[int] = []
        side_before = 0
        for place, value in enumerate(self.values):
            side = 0 if value is None else _side(value - middle)
            if not side:
                continue
            run = [*run, place] if side == side_before else [place]
            side_before = side
            if len(run) >= RUN:
                for member in run:
                    flags[member] = True
        return tuple(flags)


def p_chart(counts: Sequence[int], sizes: Sequence[int]) -> Chart:
    """Shares in percent of ``counts`` among ``sizes``; a month with size 0 has no value.

    The centre is the share of all months together.
    """
    total = sum(sizes)
    if not total:
        nothing = (None,) * len(sizes)
        return Chart(nothing, None, nothing, nothing)
    share = sum(counts) / total
    n = np.asarray(sizes, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = 100 * np.asarray(counts, dtype=float) / n
        low = 100 * _binomial_quantile(TAIL, n, share) / n
        high = 100 * _binomial_quantile(1 - TAIL, n, share) / n
    return Chart(_known(values), 100 * share, _known(low), _known(high))


def c_chart(counts: Sequence[int]) -> Chart:
    """Counts of equal periods; the centre is their mean."""
    if not counts:
        return Chart((), None, (), ())
    mean = float(np.mean(counts))
    low, high = (_poisson_quantile(tail, mean) for tail in (TAIL, 1 - TAIL))
    size = len(counts)
    return Chart(tuple(float(count) for count in counts), mean, (low,) * size, (high,) * size)


def xmr_chart(values: Sequence[float | None]) -> Chart:
    """Single values; moving ranges are between neighbours that both have one.

    No limits with fewer than two such values; a lower limit below 0 is 0: times are not negative.
    """
    known = [value for value in values if value is not None]
    if not known:
        nothing = (None,) * len(values)
        return Chart(tuple(values), None, nothing, nothing)
    centre = sum(known) / len(known)
    ranges = [abs(after - before) for before, after in pairwise(known)]
    if not ranges:
        nothing = (None,) * len(values)
        return Chart(tuple(values), centre, nothing, nothing)
    reach = MOVING_RANGE_FACTOR * sum(ranges) / len(ranges)
    size = len(values)
    return Chart(
        tuple(values), centre, (max(centre - reach, 0.0),) * size, (centre + reach,) * size
    )


def _binomial_quantile(probability: float, sizes: Floats, share: float) -> Floats:
    """The smallest count whose cumulative probability reaches ``probability``."""
    if share in (0.0, 1.0):
        return sizes * share
    guess = np.ceil(special.bdtrik(probability, sizes, share))
    lower = np.maximum(guess - 1, 0)
    whole = sizes.astype(np.int64)
    return np.where(special.bdtr(lower, whole, share) >= probability, lower, guess)


def _poisson_quantile(probability: float, mean: float) -> float:
    if mean == 0:
        return 0.0
    guess = np.ceil(special.pdtrik(probability, mean))
    lower = max(guess - 1, 0)
    return float(lower if special.pdtr(lower, mean) >= probability else guess)


def _known(values: Floats) -> tuple[float | None, ...]:
    return tuple(float(value) if np.isfinite(value) else None for value in values)


def _side(distance: float) -> int:
    return 0 if abs(distance) < NOISE else 1 if distance > 0 else -1

"""Limits of control charts, which show months that differ from the others by more than chance.

Proportions: p-chart with exact binomial limits, which are wide for months with few patients
(Spiegelhalter 2005, doi:10.1002/sim.1970). Counts: c-chart with exact Poisson limits. Times: XmR
chart, mean +/- 2.66 times the mean moving range (Wheeler and Chambers 1992; 2.66 = 3 / 1.128).
In each chart about 0.27% of months are outside by chance, as with three standard deviations of
normal values.

A run is eight or more consecutive months on one side of the median; months on the median are
ignored (Perla, Provost and Murray 2011, doi:10.1136/bmjqs.2009.037895). Eight is stricter than
their six on purpose: a page has many charts, and six random months on one side are common.
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
"""Probability beyond each limit: that of three standard deviations of a normal value."""
MOVING_RANGE_FACTOR = 2.66
RUN = 8
NOISE = 1e-9

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Chart:
    """Values in order with their center line and limits; None for a month without a value."""

    values: tuple[float | None, ...]
    center: float | None
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

        A value on the median and a month without a value neither count in a run nor end it.
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
    """Return a p-chart of ``counts`` among ``sizes`` in percent; a month of size 0 has no value.

    The center line is the proportion of all months together.
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
    """Return a c-chart of counts of equal periods; the center line is their mean."""
    if not counts:
        return Chart((), None, (), ())
    mean = float(np.mean(counts))
    low, high = (_poisson_quantile(tail, mean) for tail in (TAIL, 1 - TAIL))
    size = len(counts)
    return Chart(tuple(float(count) for count in counts), mean, (low,) * size, (high,) * size)


def xmr_chart(values: Sequence[float | None]) -> Chart:
    """Return an XmR chart of single values; moving ranges are between adjacent known values.

    There are no limits with fewer than two values. A lower limit below 0 is 0: times are not
    negative.
    """
    known = [value for value in values if value is not None]
    if not known:
        nothing = (None,) * len(values)
        return Chart(tuple(values), None, nothing, nothing)
    center = sum(known) / len(known)
    ranges = [abs(after - before) for before, after in pairwise(known)]
    if not ranges:
        nothing = (None,) * len(values)
        return Chart(tuple(values), center, nothing, nothing)
    reach = MOVING_RANGE_FACTOR * sum(ranges) / len(ranges)
    size = len(values)
    return Chart(
        tuple(values), center, (max(center - reach, 0.0),) * size, (center + reach,) * size
    )


def _binomial_quantile(probability: float, sizes: Floats, share: float) -> Floats:
    """Return the smallest count whose cumulative probability reaches ``probability``."""
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

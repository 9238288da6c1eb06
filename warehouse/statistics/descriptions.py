"""Summary statistics of a variable in one group."""

from __future__ import annotations

from math import sqrt
from typing import Literal

from warehouse.statistics.counts import Counts, denominator, exact_mean, exact_variance, known


def n(counts: Counts) -> int:
    """Return the number of patients with yes."""
    return counts.get(1, 0)


def pct(counts: Counts) -> float | None:
    """Return the percentage of yes among the patients with a value."""
    size = denominator(counts)
    return 100 * n(counts) / size if size else None


def mean(counts: Counts) -> float | None:
    """Return the arithmetic mean."""
    exact = exact_mean(counts)
    return None if exact is None else float(exact)


def sd(counts: Counts) -> float | None:
    """Return the standard deviation (n - 1); None with fewer than two values."""
    variance = exact_variance(counts)
    return None if variance is None else sqrt(variance)


def quartile(counts: Counts, which: int, kind: Literal[2, 6, 7] = 6) -> float | None:
    """Return the first, second (median) or third quartile, by a type of Hyndman and Fan.

    Hyndman RJ, Fan Y (1996), Am Stat 50:361. Type 6 (weighted average at rank (n + 1)p) is the
    default of SPSS, and the only one of the nine that is compatible with all printed quartiles of
    Guo 2023, Table 1. Type 7 (at rank (n - 1)p + 1) is that of R, NumPy and Excel, type 2 (the mean
    of two values where np is whole) that of SAS. Types 6 and 7 interpolate linearly between two
    ranks.
    """
    size = denominator(counts)
    if not size:
        return None
    match kind:
        case 2:
            rank, fraction = divmod(size * which, 4)
            rank, fraction = (rank + 1, 0) if fraction else (rank, 2)
        case 6:
            rank, fraction = divmod((size + 1) * which, 4)
        case 7:
            rank, fraction = divmod((size - 1) * which + 4, 4)
    low, high = (_at(counts, min(max(each, 1), size)) for each in (rank, rank + 1))
    return low + fraction / 4 * (high - low)


def _at(counts: Counts, rank: int) -> float:
    """Return the value at a rank (from 1)."""
    last = 0
    for value, patients in known(counts):
        last += patients
        if rank <= last:
            return value
    raise ValueError(f"there is no rank {rank} among {last} values")

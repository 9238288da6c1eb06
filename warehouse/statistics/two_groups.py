"""Tests of the difference between two groups.

The compared group comes first; t and Z are positive if its values are higher. An undefined test (an
empty group, an empty row or column of a 2x2 table, no variance) returns None.
"""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import NamedTuple

from scipy import special

from warehouse.statistics.counts import (
    Counts,
    denominator,
    exact_mean,
    exact_variance,
    known,
    together,
)


class Outcome(NamedTuple):
    """Statistic, degrees of freedom and p-value of a test; None if undefined."""

    statistic: float | None = None
    degrees_of_freedom: float | None = None
    p_value: float | None = None


def chi_square(a: int, b: int, c: int, d: int) -> Outcome:
    """Return Pearson's chi-square of [[a, b], [c, d]] without Yates' correction, as SPSS prints it.

    The statistic is N(ad - bc)² over the product of the margins.
    """
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    if not margins:
        return Outcome(degrees_of_freedom=1.0)
    statistic = (a + b + c + d) * (a * d - b * c) ** 2 / margins
    return Outcome(statistic, 1.0, float(special.chdtrc(1, statistic)))


def fisher_two_sided(a: int, b: int, c: int, d: int) -> Outcome:
    """Return Fisher's exact test over all tables that are no more probable than this one."""
    return Outcome(p_value=_fisher(a, b, c, d, "two-sided"))


def fisher_one_sided(a: int, b: int, c: int, d: int) -> Outcome:
    """Return Fisher's exact test in the direction of the difference, as SPSS prints it."""
    tails = [_fisher(a, b, c, d, tail) for tail in ("less", "greater")]
    return Outcome(p_value=min((p for p in tails if p is not None), default=None))


def student_t(compared: Counts, other: Counts) -> Outcome:
    """Return Student's t with pooled variance, which reproduces the p of age in Guo 2023."""
    sizes = denominator(compared), denominator(other)
    if not all(sizes):
        return Outcome()
    df = sum(sizes) - 2
    groups = ((compared, sizes[0]), (other, sizes[1]))
    squares = sum((exact_variance(each) or 0) * (size - 1) for each, size in groups)
    if not squares:
        return Outcome(degrees_of_freedom=float(df))
    error = sqrt(squares / df * (Fraction(1, sizes[0]) + Fraction(1, sizes[1])))
    statistic = float(_means_differ(compared, other)) / error
    return Outcome(statistic, float(df), float(2 * special.stdtr(df, -abs(statistic))))


def levene(compared: Counts, other: Counts) -> Outcome:
    """Return Levene's test of equal variances: squared Student's t of distances from the mean.

    SPSS prints it beside every t-test; Guo 2023 prints it instead of one.
    """
    distances = [_distances(each) for each in (compared, other)]
    _, df, p_value = test = student_t(*distances)
    return Outcome(None if test.statistic is None else test.statistic**2, df, p_value)


def rank_sum(compared: Counts, other: Counts) -> Outcome:
    """Return Mann-Whitney's rank sum test: normal approximation, corrected for ties.

    Without continuity correction, as SPSS prints it (as -|Z|). Patients with the same value share
    the mean of their ranks.
    """
    m, n = denominator(compared), denominator(other)
    ties = known(together([compared, other]))
    if not m or not n or len(ties) == 1:
        return Outcome()
    size, below, ranks = m + n, 0, Fraction()
    for value, tied in ties:
        ranks += compared.get(value, 0) * (below + Fraction(tied + 1, 2))
        below += tied
    tied_sum = sum(tied**3 - tied for _, tied in ties)
    variance = Fraction(m * n, 12) * (size + 1 - Fraction(tied_sum, size * (size - 1)))
    z = float(ranks - Fraction(m * (size + 1), 2)) / sqrt(variance)
    return Outcome(z, None, float(2 * special.ndtr(-abs(z))))


def _fisher(a: int, b: int, c: int, d: int, tail: str) -> float | None:
    from scipy.stats import fisher_exact  # a second to import, and only tables need it

    if not all((a + b, c + d, a + c, b + d)):
        return None
    return float(fisher_exact([[a, b], [c, d]], alternative=tail).pvalue)


def _means_differ(compared: Counts, other: Counts) -> Fraction:
    return (exact_mean(compared) or Fraction()) - (exact_mean(other) or Fraction())


def _distances(counts: Counts) -> Counts:
    """Return the counts of the distances from the mean of the group."""
    mean = exact_mean(counts) or Fraction()
    values = ((abs(Fraction(value) - mean), n) for value, n in known(counts))
    return together([{distance: n} for distance, n in values])

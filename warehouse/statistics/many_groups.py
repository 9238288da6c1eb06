"""Tests of the difference between two or more groups.

An undefined test (an empty group, a single value, no variance within the groups) returns None.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from scipy import special

from warehouse.statistics.counts import (
    Counts,
    denominator,
    exact_mean,
    exact_variance,
    known,
    margins,
    together,
)
from warehouse.statistics.two_groups import Outcome


def chi_square(*groups: Sequence[int]) -> Outcome:
    """Return Pearson's chi-square of a table with a row for each group, a column for each level.

    Without correction, (groups - 1)(levels - 1) degrees of freedom.
    """
    sizes, levels = margins(groups)
    df = float((len(sizes) - 1) * (len(levels) - 1))
    if not (df > 0 and all(sizes) and all(levels)):
        return Outcome()
    squares = (
        Fraction(cell * cell, size * level)
        for group, size in zip(groups, sizes, strict=True)
        for cell, level in zip(group, levels, strict=True)
    )
    statistic = float(sum(sizes) * (sum(squares, Fraction()) - 1))
    return Outcome(statistic, df, float(special.chdtrc(df, statistic)))


def anova(*groups: Counts) -> Outcome:
    """Return F of the one-way analysis of variance, with equal variances.

    ``degrees_of_freedom`` are those between the groups (groups - 1); within the groups there are
    patients - groups.
    """
    sizes = [denominator(group) for group in groups]
    if not all(sizes):
        return Outcome()
    between, within = len(groups) - 1, sum(sizes) - len(groups)
    weighted = list(zip(sizes, [exact_mean(group) or Fraction() for group in groups], strict=True))
    mean = sum(size * each for size, each in weighted) / sum(sizes)
    variances = [exact_variance(group) or Fraction() for group in groups]
    inside = sum((size - 1) * each for size, each in zip(sizes, variances, strict=True))
    if not inside:
        return Outcome(degrees_of_freedom=float(between))
    outside = sum(size * (each - mean) ** 2 for size, each in weighted)
    statistic = float(outside / between / (inside / within))
    return Outcome(statistic, float(between), float(special.fdtrc(between, within, statistic)))


def kruskal_wallis(*groups: Counts) -> Outcome:
    """Return H of the rank sum test of Kruskal and Wallis, corrected for ties.

    Kruskal WH, Wallis WA (1952), J Am Stat Assoc 47:583. p is from the chi-square distribution with
    groups - 1 degrees of freedom. Patients with the same value share the mean of their ranks.
    """
    sizes, ties = [denominator(group) for group in groups], known(together(groups))
    if not all(sizes) or len(ties) == 1:
        return Outcome()
    below, ranks = 0, [Fraction()] * len(groups)
    for value, tied in ties:
        rank = below + Fraction(tied + 1, 2)
        for place, group in enumerate(groups):
            ranks[place] += group.get(value, 0) * rank
        below += tied
    size, df = sum(sizes), float(len(groups) - 1)
    squares = sum(total * total / n for total, n in zip(ranks, sizes, strict=True))
    tied_share = Fraction(sum(tied**3 - tied for _, tied in ties), size**3 - size)
    statistic = float((12 * squares / (size * (size + 1)) - 3 * (size + 1)) / (1 - tied_share))
    return Outcome(statistic, df, float(special.chdtrc(df, statistic)))

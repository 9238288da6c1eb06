"""Statistics of groups from listed values, by other means than ``warehouse.statistics``.

Exact tests by enumeration, p of chi-square by the error function, score intervals by maximising the
likelihood on a grid of refining steps; the rest by numpy, statsmodels and scipy, where the package
does not call the same function of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import comb, erfc, factorial, log, prod, sqrt

import numpy as np
from scipy import stats
from statsmodels.stats.contingency_tables import Table as StatsmodelsTable
from statsmodels.stats.oneway import anova_oneway
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.weightstats import ttest_ind

Values = list[float]
Table = tuple[int, int, int, int]
CHI_SQUARE_OF_5_PERCENT = 3.841458820694124
MOST_CHOICES = 5_000


def chi_square(table: Table) -> tuple[float, float] | None:
    """Sum of (observed - expected)² / expected, and its p; None with an empty margin."""
    a, b, c, d = table
    rows, columns, n = (a + b, c + d), (a + c, b + d), a + b + c + d
    if 0 in (*rows, *columns):
        return None
    expected = [row * column / n for row in rows for column in columns]
    statistic = sum((seen - e) ** 2 / e for seen, e in zip(table, expected, strict=True))
    return statistic, erfc(sqrt(statistic / 2))


def fisher(table: Table) -> tuple[float, float] | None:
    """Two-sided and one-sided p: every table with the same margins, counted in whole numbers."""
    a, b, c, d = table
    if chi_square(table) is None:
        return None
    lowest, highest = max(0, a - d), min(a + b, a + c)
    ways = {x: comb(a + b, x) * comb(c + d, a + c - x) for x in range(lowest, highest + 1)}
    total = sum(ways.values())
    two_sided = sum(number for number in ways.values() if number <= ways[a])
    tails = (sum(ways[x] for x in ways if x <= a), sum(ways[x] for x in ways if x >= a))
    return two_sided / total, min(tails) / total


def doubled_midranks(x: Values, y: Values) -> list[int]:
    """Twice the mean rank of each patient, those of ``x`` first."""
    pooled = sorted([*x, *y])
    return [2 * pooled.index(value) + pooled.count(value) + 1 for value in [*x, *y]]


def rank_sum_exact(x: Values, y: Values) -> float | None:
    """p of the permutation test; None where there are too many choices to list."""
    ranks, k = doubled_midranks(x, y), min(len(x), len(y))
    if comb(len(ranks), k) > MOST_CHOICES:
        return _rank_sum_patient_by_patient(x, y)
    chosen = ranks[: len(x)] if len(x) == k else ranks[len(x) :]
    middle = k * (len(ranks) + 1)
    far = abs(sum(chosen) - middle)
    sums = [abs(sum(each) - middle) for each in combinations(ranks, k)]
    return sum(each >= far for each in sums) / len(sums)


def _rank_sum_patient_by_patient(x: Values, y: Values) -> float:
    """The same by adding one patient after the other to all choices so far."""
    ranks, k = doubled_midranks(x, y), min(len(x), len(y))
    chosen = sum(ranks[: len(x)] if len(x) == k else ranks[len(x) :])
    ways = np.zeros((k + 1, 2 * k * len(ranks) + 1))
    ways[0, 0] = 1
    for rank in ranks:
        for size in range(k, 0, -1):
            ways[size, rank:] += ways[size - 1, :-rank]
    sums = np.arange(ways.shape[1])
    middle = k * (len(ranks) + 1)
    is_extreme = abs(sums - middle) >= abs(chosen - middle)
    return float(ways[k, is_extreme].sum() / ways[k].sum())


def rank_sum(x: Values, y: Values) -> tuple[float, float] | None:
    """Z and p of the normal approximation, corrected for ties."""
    if not x or not y or len({*x, *y}) == 1:
        return None
    test = stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=False)
    sign = np.sign(test.statistic - len(x) * len(y) / 2)
    return float(sign * stats.norm.isf(test.pvalue / 2)), float(test.pvalue)


def student_t(x: Values, y: Values) -> tuple[float, float, float] | None:
    """t, p and degrees of freedom."""
    if not x or not y or len(x) + len(y) < 3 or (len(set(x)) == 1 and len(set(y)) == 1):
        return None
    if min(len(x), len(y)) == 1:  # statsmodels does not pool the variance of a single value
        t, p = stats.ttest_ind(x, y)
        return float(t), float(p), len(x) + len(y) - 2
    return tuple(map(float, ttest_ind(x, y, usevar="pooled")))


def standardised_difference(x: Values, y: Values, is_yes_no: bool) -> float | None:
    """Difference of means over the root mean square of both standard deviations."""
    if not x or not y or (not is_yes_no and min(len(x), len(y)) < 2):
        return None
    spread = [0.0 if len(set(each)) == 1 else np.var(each, ddof=not is_yes_no) for each in (x, y)]
    return float((np.mean(x) - np.mean(y)) / sqrt(sum(spread) / 2)) if sum(spread) else None


def newcombe(table: Table) -> tuple[float, float]:
    """The interval of the risk difference."""
    a, b, c, d = table
    return confint_proportions_2indep(a, a + b, c, c + d, compare="diff", method="newcomb")


def score_statistic(table: Table, ratio: float, kind: str) -> float:
    """Pearson's statistic against the most likely pair of shares with this ratio, by search."""
    a, b, c, d = table

    def shares(q: float) -> tuple[float, float]:
        if kind == "risk_ratio":
            return ratio * q, q
        return ratio * q / (1 - q + ratio * q), q

    def likelihood(q: float) -> float:
        p, q = shares(q)
        parts = ((a, p), (b, 1 - p), (c, q), (d, 1 - q))
        if any(n and share <= 0 for n, share in parts):
            return -np.inf
        return sum(n * log(share) for n, share in parts if n)

    low, high = 0.0, min(1.0, 1 / ratio) if kind == "risk_ratio" else 1.0
    for _ in range(200):  # the likelihood has one top: leave the third without it
        third = (high - low) / 3
        if likelihood(low + third) < likelihood(high - third):
            low += third
        else:
            high -= third
    p, q = shares((low + high) / 2)
    m, n = a + b, c + d
    # at 0 and 100% the term of a cell that cannot be filled is 0
    terms = ((a, m * p), (b, m * (1 - p)), (c, n * q), (d, n * (1 - q)))
    return sum((seen - e) ** 2 / e for seen, e in terms if e > 1e-9)


def fisher_freeman_halton(rows: Sequence[Sequence[int]]) -> float:
    """p over every table with the same margins, listed one by one, weighed as fractions."""
    columns = [sum(column) for column in zip(*rows, strict=True)]

    def tables(place: int, left: Sequence[int]) -> Iterator[Fraction]:
        if place == len(rows) - 1:
            yield weight(left)
            return
        for row in product(*(range(each + 1) for each in left)):
            if sum(row) == sum(rows[place]):
                rest = [a - b for a, b in zip(left, row, strict=True)]
                for following in tables(place + 1, rest):
                    yield weight(row) * following

    def weight(row: Sequence[int]) -> Fraction:
        return Fraction(1, prod(map(factorial, row)))

    every = list(tables(0, columns))
    observed = prod(map(weight, rows))
    return float(sum(each for each in every if each <= observed) / sum(every))


def chi_square_of_table(rows: Sequence[Sequence[int]]) -> tuple[float, float, float] | None:
    """Statistic, degrees of freedom and p; None with an empty group or a single level."""
    table = np.array(rows)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return None
    test = StatsmodelsTable(table, shift_zeros=False).test_nominal_association()
    return float(test.statistic), float(test.df), float(test.pvalue)


def anova(groups: Sequence[Values]) -> tuple[float, float, float] | None:
    """F, degrees of freedom between the groups, and p."""
    if not all(groups) or all(len(set(group)) == 1 for group in groups):
        return None
    if min(map(len, groups)) == 1:  # statsmodels needs a variance in each group
        test = stats.f_oneway(*groups)
        return float(test.statistic), len(groups) - 1.0, float(test.pvalue)
    test = anova_oneway(groups, use_var="equal")
    return float(test.statistic), float(test.df_num), float(test.pvalue)


def kruskal(groups: Sequence[Values]) -> tuple[float, float, float] | None:
    """H, degrees of freedom, and p."""
    if not all(groups) or len({value for group in groups for value in group}) == 1:
        return None
    test = stats.kruskal(*groups)
    return float(test.statistic), len(groups) - 1.0, float(test.pvalue)


def levels_difference(first: Sequence[int], second: Sequence[int]) -> float | None:
    """The Mahalanobis distance of the proportions, by NumPy's pseudo-inverse."""
    if not any(a and b for a, b in zip(first, second, strict=True)):
        return None
    p, q = (np.array(each) / sum(each) for each in (first, second))
    covariance = sum(np.diag(each) - np.outer(each, each) for each in (p, q)) / 2
    if np.allclose(covariance, 0):
        return None
    return float(np.sqrt((p - q) @ np.linalg.pinv(covariance, rcond=1e-9) @ (p - q)))

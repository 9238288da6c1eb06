"""Effects between two groups, with 95% confidence intervals.

Proportions are compared as the 2x2 table [[a, b], [c, d]]: yes and no of the compared group, then
of the other one. An undefined effect is None, and so is an interval that is undefined because of a
zero cell; nothing is added to the cells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import exp, log, sqrt
from operator import add
from typing import NamedTuple

from scipy import special
from scipy.optimize import brentq

from warehouse.statistics.counts import Counts, exact_mean, exact_variance

Z = float(special.ndtri(0.975))
STEP, TINY = 0.5, 1e-9
"""Steps of the logarithm of a ratio in the search for a limit."""
Table = tuple[int, int, int, int]
Score = Callable[..., float]


class Effect(NamedTuple):
    """Effect with the limits of its 95% confidence interval."""

    estimate: float | None = None
    low: float | None = None
    high: float | None = None


def risk_difference(a: int, b: int, c: int, d: int) -> Effect:
    """Return the difference of the proportions (compared minus other), from both Wilson limits.

    Newcombe RG (1998), Stat Med 17:873, method 10.
    """
    if not (a + b and c + d):
        return Effect()
    p, q = a / (a + b), c / (c + d)
    (p_low, p_high), (q_low, q_high) = _wilson(a, a + b), _wilson(c, c + d)
    below, above = (
        sqrt((p - p_low) ** 2 + (q_high - q) ** 2),
        sqrt((p_high - p) ** 2 + (q - q_low) ** 2),
    )
    return Effect(p - q, p - q - below, p - q + above)


def risk_ratio(a: int, b: int, c: int, d: int) -> Effect:
    """Return the ratio of the proportions (compared over other), with Koopman's score interval.

    Koopman PAR (1984), Biometrics 40:513. The interval contains the ratios that Pearson's
    chi-square does not reject. So it excludes 1 exactly if the p of that test is below 0.05, and it
    is valid at 0 and 100%. None if no patient of the other group has the outcome.
    """
    if not (a + b and c + d and c):
        return Effect()
    return _score_interval((a / (a + b)) / (c / (c + d)), _risk_ratio_score, (a, b, c, d), bool(a))


def odds_ratio(a: int, b: int, c: int, d: int) -> Effect:
    """Return the odds ratio (compared over other), with the score interval.

    Cornfield J (1956), Proc 3rd Berkeley Symp 4:135; Miettinen O, Nurminen M (1985), Stat Med
    4:213, without their factor N / (N - 1), so that it agrees with Pearson's chi-square like the
    risk ratio. None if the denominator is 0.
    """
    if not b * c:
        return Effect()
    return _score_interval(a * d / (b * c), _odds_ratio_score, (a, b, c, d), bool(a * d))


def proportion_difference(a: int, b: int, c: int, d: int) -> float | None:
    """Return the standardized difference of two proportions, with variances p(1 - p).

    The unit is the root mean square of both standard deviations (Austin PC, 2009, Stat Med
    28:3083). None if a group is empty or both variances are 0.
    """
    if not (a + b and c + d):
        return None
    p, q = a / (a + b), c / (c + d)
    variance = (p * (1 - p) + q * (1 - q)) / 2
    return (p - q) / sqrt(variance) if variance else None


def mean_difference(compared: Counts, other: Counts) -> float | None:
    """Return the standardized difference of two means (Austin 2009); None if undefined."""
    variances = [exact_variance(each) for each in (compared, other)]
    means = [exact_mean(each) for each in (compared, other)]
    if None in variances or not sum(variances):
        return None
    return float(means[0] - means[1]) / sqrt(sum(variances) / 2)


def levels_difference(compared: Sequence[int], other: Sequence[int]) -> float | None:
    """Return the standardized difference of the proportions of several levels, never negative.

    Yang D, Dalton JE (2012), SAS Global Forum, paper 335: the Mahalanobis distance of the
    proportions, with the mean of both covariances. None if a group is empty, if all patients have
    the same level, or if the groups have no level in common (it then has no limit).
    """
    sizes = sum(compared), sum(other)
    has_common_level = any(map(min, compared, other))
    if not has_common_level or max(map(add, compared, other)) == sum(sizes):
        return None
    p, q = (
        [Fraction(n, size) for n in each]
        for each, size in zip((compared, other), sizes, strict=True)
    )
    levels = range(len(p))
    covariance = [
        [((i == j) * (p[i] + q[i]) - p[i] * p[j] - q[i] * q[j]) / 2 for j in levels] for i in levels
    ]
    return sqrt(_quadratic_form(covariance, [a - b for a, b in zip(p, q, strict=True)]))


def _quadratic_form(matrix: list[list[Fraction]], vector: list[Fraction]) -> Fraction:
    """Return v'M⁻v for a positive semidefinite matrix whose columns span v, by elimination."""
    rows = [[*row, value] for row, value in zip(matrix, vector, strict=True)]
    total = Fraction()
    for place, pivot in enumerate(rows):
        if not pivot[place]:
            continue  # no variance is left in this direction, so no difference either
        total += pivot[-1] ** 2 / pivot[place]
        for row in rows[place + 1 :]:
            share = row[place] / pivot[place]
            row[:] = [a - share * b for a, b in zip(row, pivot, strict=True)]
    return total


def _wilson(yes: int, size: int) -> tuple[float, float]:
    """Return Wilson's score limits of a proportion."""
    reach = Z * sqrt(Z * Z + 4 * yes * (1 - yes / size))
    return tuple((2 * yes + Z * Z + sign * reach) / (2 * (size + Z * Z)) for sign in (-1, 1))


def _score_interval(ratio: float, score: Score, table: Table, is_above_zero: bool) -> Effect:
    """Return the ratios whose score, a decreasing function, is within ±1.96."""

    def limit(sign: int) -> float:
        """Return the ratio with the score 1.96 (below the estimate) or -1.96 (above it)."""

        def excess(log_ratio: float) -> float:
            return sign * score(exp(log_ratio), *table) - Z

        inner = outer = log(ratio) - sign * TINY if is_above_zero else 0.0
        while excess(inner) > 0:  # the limit above a ratio of 0 may be on either side of 1
            inner += sign * STEP
        while excess(outer) < 0:
            outer -= sign * STEP
        return exp(brentq(excess, inner, outer, xtol=1e-13))

    return Effect(ratio, limit(1) if is_above_zero else 0.0, limit(-1))


def _risk_ratio_score(ratio: float, a: int, b: int, c: int, d: int) -> float:
    """Return the score of a risk ratio: 0 at the estimate, ±√χ² of Pearson at 1."""
    m, n, events = a + b, c + d, a + c
    # maximum likelihood proportions with this ratio
    here, there = (m + c) * ratio, n + a
    q = 2 * events / (here + there + sqrt((here - there) ** 2 + 4 * ratio * b * d))
    p = ratio * q
    variance = p * (1 - p) / m + ratio * ratio * q * (1 - q) / n
    return (a / m - ratio * c / n) / sqrt(variance)


def _odds_ratio_score(ratio: float, a: int, b: int, c: int, d: int) -> float:
    """Return the score of an odds ratio: 0 at the estimate, ±√χ² of Pearson at 1."""
    m, n, events = a + b, c + d, a + c
    # expected count of a among tables with these margins and this ratio
    root = sqrt((ratio * (m - events) + n - events) ** 2 + 4 * ratio * events * (b + d))
    expected = 2 * ratio * m * events / (ratio * (m + events) + n - events + root)
    cells = (expected, m - expected, events - expected, n - events + expected)
    return (a - expected) * sqrt(sum(1 / cell for cell in cells))

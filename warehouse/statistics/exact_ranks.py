"""The exact distribution of the rank sum, with ties: every way to choose the smaller group."""

from __future__ import annotations

from fractions import Fraction
from math import comb

from warehouse.statistics.counts import Counts, denominator, known, together
from warehouse.statistics.two_groups import Outcome

MOST_WORK = 2 * 10**7
"""Bound of (smaller group)² x patients x values; 500 patients, of whom 9 in a group, take 0.5 s."""
BITS = 8


def is_countable(compared: Counts, other: Counts) -> bool:
    """Return whether the exact distribution can be had in half a second."""
    sizes = denominator(compared), denominator(other)
    return min(sizes) ** 2 * sum(sizes) * len(known(together([compared, other]))) <= MOST_WORK


def rank_sum_exact(compared: Counts, other: Counts) -> Outcome:
    """The permutation test of the rank sum, in which ties share the mean of their ranks, two-sided.

    p is the share of all ways to choose the group whose rank sum is at least as far from its
    expectation as the observed one (Hollander M, Wolfe DA (1999), Nonparametric Statistical
    Methods, 2nd ed., 4.1, as SPSS and R's coin do). None when a group is empty or all values are
    the same, and for so many patients that it would take long (``is_countable``): there the normal
    approximation holds.
    """
    ties = known(together([compared, other]))
    smaller = min((compared, other), key=denominator)
    chosen, size = denominator(smaller), sum(patients for _, patients in ties)
    if not chosen or len(ties) == 1 or not is_countable(compared, other):
        return Outcome()
    # Ranks count double, as the mean of two ranks may end in a half.
    expected, observed, below = chosen * (size + 1), 0, 0
    ranks = []
    for value, tied in ties:
        ranks.append((2 * below + tied + 1, tied))
        observed += smaller.get(value, 0) * ranks[-1][0]
        below += tied
    ways = _ways(ranks, chosen, size)
    far = abs(observed - expected)
    extreme = sum(number for total, number in ways if abs(total - expected) >= far)
    return Outcome(p_value=float(Fraction(extreme, comb(size, chosen))))


def _ways(ranks: list[tuple[int, int]], chosen: int, size: int) -> list[tuple[int, int]]:
    """In how many ways so many patients have each sum of ranks; ``ranks`` with their patients.

    Dynamic programming over the distinct values. ``sums[k]`` is the polynomial whose coefficient
    of x^s says how many ways there are to choose k patients with the sum s, held as one whole
    number with a fixed number of bytes for each coefficient: a step is a shift and an addition.
    """
    width = comb(size, chosen).bit_length() // BITS + 1
    sums = [1] + [0] * chosen
    for rank, tied in ranks:
        for k in range(chosen, 0, -1):
            for taken in range(1, min(tied, k) + 1):
                sums[k] += comb(tied, taken) * (sums[k - taken] << (BITS * width * rank * taken))
    length = -(-sums[chosen].bit_length() // (BITS * width)) * width
    held = sums[chosen].to_bytes(length, "little")
    return [
        (place // width, int.from_bytes(held[place : place + width], "little"))
        for place in range(0, length, width)
    ]

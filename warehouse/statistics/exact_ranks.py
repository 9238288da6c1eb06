"""Exact distribution of the rank sum, with ties, over all choices of the smaller group."""

from __future__ import annotations

from fractions import Fraction
from math import comb, lgamma, log

from warehouse.statistics.counts import Counts, denominator, known, together
from warehouse.statistics.two_groups import Outcome

MOST_BYTES = 2 * 10**9
"""Most bytes that may be added up: about 0.5 s, as for 1,500 patients, 9 of them in a group."""
BITS = 8


def is_countable(compared: Counts, other: Counts) -> bool:
    """Return whether the exact distribution can be computed in about half a second.

    For each value, and each number of patients with it, as many polynomials are added as the
    smaller group has patients (``_ways``).
    """
    sizes = denominator(compared), denominator(other)
    chosen, size = min(sizes), sum(sizes)
    additions = chosen * sum(min(tied, chosen) for _, tied in known(together([compared, other])))
    # The number of choices itself would take long to compute.
    choices_log = lgamma(size + 1) - lgamma(chosen + 1) - lgamma(size - chosen + 1)
    return additions * chosen * size * (choices_log / log(2) / BITS + 1) <= MOST_BYTES


def rank_sum_exact(compared: Counts, other: Counts) -> Outcome:
    """Return the two-sided permutation test of the rank sum; ties have the mean of their ranks.

    p is the proportion of all choices of the group whose rank sum is at least as far from its
    expectation as the observed one (Hollander M, Wolfe DA (1999), Nonparametric Statistical
    Methods, 2nd ed., 4.1, as in SPSS and R's coin). None if a group is empty, if all values are the
    same, or if the computation would take long (``is_countable``); then the normal approximation is
    valid.
    """
    ties = known(together([compared, other]))
    smaller = min((compared, other), key=denominator)
    chosen, size = denominator(smaller), sum(patients for _, patients in ties)
    if not chosen or len(ties) == 1 or not is_countable(compared, other):
        return Outcome()
    # Ranks are doubled, as a mean rank may end in one half.
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
    """Return (rank sum, number of choices of ``chosen`` patients) from ``ranks`` (rank, patients).

    Dynamic programming over the distinct values. The coefficient of x^s of the polynomial
    ``sums[k]`` is the number of choices of k patients with the sum s. A polynomial is stored as one
    integer with a fixed number of bytes per coefficient, so that a step is a shift and an addition.
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

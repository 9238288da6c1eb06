"""Exact distribution of the rank sum, with ties, over all choices of the smaller group."""

from __future__ import annotations

from math import comb

import numpy as np
from numpy.typing import NDArray

from warehouse.statistics.counts import Counts, denominator, known, together
from warehouse.statistics.two_groups import Outcome

MOST_ADDITIONS = 2 * 10**8
"""Most numbers that may be added: about 0.3 s, as for 1,500 patients, 9 of them in a group."""


def is_countable(compared: Counts, other: Counts) -> bool:
    """Return whether the exact distribution can be computed in about a third of a second.

    For each value, and each number of patients with it, as many rows of numbers of choices are
    added as the smaller group has patients (``_ways``).
    """
    sizes = denominator(compared), denominator(other)
    chosen, size = min(sizes), sum(sizes)
    additions = chosen * sum(min(tied, chosen) for _, tied in known(together([compared, other])))
    return additions * chosen * size <= MOST_ADDITIONS


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
    far = abs(np.arange(len(ways)) - expected) >= abs(observed - expected)
    return Outcome(p_value=min(1.0, float(ways[far].sum() / ways.sum())))


def _ways(ranks: list[tuple[int, int]], chosen: int, size: int) -> NDArray[np.float64]:
    """Return the number of choices of ``chosen`` patients by rank sum, from (rank, patients).

    Dynamic programming over the distinct values: ``ways[k, s]`` is the number of choices of k
    patients with the rank sum s. What is countable stays below 1e90, far from what a float holds;
    only positive numbers are added, so that rounding stays at the 15th digit.
    """
    ways = np.zeros((chosen + 1, 2 * chosen * size + 1))
    ways[0, 0] = 1
    for rank, tied in ranks:
        for k in range(chosen, 0, -1):
            for taken in range(1, min(tied, k) + 1):
                shift = rank * taken
                ways[k, shift:] += comb(tied, taken) * ways[k - taken, : ways.shape[1] - shift]
    return ways[chosen]

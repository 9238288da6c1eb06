"""Exact tests for lines where an approximation is not valid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from warehouse.statistics.counts import PAIR, Counts, denominator, known, margins, table, together
from warehouse.statistics.exact_ranks import is_countable
from warehouse.statistics.exact_tables import is_countable as is_countable_table

EXACT, APPROXIMATE = "exact", "approximate"
EXACT_TEST = {"chi2": "fisher_two_sided", "ranksum": "ranksum_exact"}
"""Exact test by approximate test of two groups (of yes/no variables for chi2)."""
EXACT_TEST_OF_TABLE = "fisher_freeman_halton"
SMALLEST_EXPECTED = 5
"""Chi-square needs expected counts of 5 (Cochran WG, 1954, Biometrics 10:417)."""
SMALLEST_GROUP = 10
"""The normal approximation of the rank sum needs groups of 10 (Lehmann EL, 1975, 1.3)."""
SMALLEST_OF_MANY = 5
"""The chi-square approximation of H needs groups of 5 (Kruskal WH, Wallis WA, 1952)."""


class SmallSample(NamedTuple):
    """Reason why the approximation of a line's test is not valid, and the exact test to use.

    No reason if the approximation is valid or undefined. No test if there is none, or if it would
    take seconds (few patients are compared with very many).
    """

    reason: str = ""
    exact_test: str | None = None


def small_sample(test: str, groups: Sequence[Counts], is_yes_no: bool) -> SmallSample:
    """Return whether a test needs an exact one for these groups, and which."""
    smallest, values = min(map(denominator, groups)), len(known(together(groups)))
    if not smallest or values == 1:
        return SmallSample()
    if test == "ranksum" and smallest < SMALLEST_GROUP:
        exact = EXACT_TEST[test] if is_countable(*groups) else None
        return SmallSample(f"a group is below {SMALLEST_GROUP}", exact)
    if test == "kruskal" and smallest < SMALLEST_OF_MANY:
        return SmallSample(f"a group is below {SMALLEST_OF_MANY}")
    if test == "chi2":
        return _small_table(table(groups), is_yes_no)
    return SmallSample()


def _small_table(rows: Sequence[tuple[int, ...]], is_yes_no: bool) -> SmallSample:
    sizes, levels = margins(rows)
    if min(sizes) * min(levels) >= SMALLEST_EXPECTED * sum(sizes):
        return SmallSample()
    if is_yes_no and len(rows) == PAIR:
        exact = EXACT_TEST["chi2"]
    else:
        exact = EXACT_TEST_OF_TABLE if is_countable_table(rows) else None
    return SmallSample(f"an expected count is below {SMALLEST_EXPECTED}", exact)

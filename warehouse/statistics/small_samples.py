"""Exact tests for lines where an approximation is not valid."""

from __future__ import annotations

from warehouse.statistics.counts import Counts, cells, denominator, known, together
from warehouse.statistics.exact_ranks import is_countable

EXACT, APPROXIMATE = "exact", "approximate"
EXACT_TEST = {"chi2": "fisher_two_sided", "ranksum": "ranksum_exact"}
"""Exact test by approximate test."""
SMALLEST_EXPECTED = 5
"""Chi-square needs expected counts of 5 in a 2x2 table (Cochran WG, 1954, Biometrics 10:417)."""
SMALLEST_GROUP = 10
"""The normal approximation of the rank sum needs groups of 10 (Lehmann EL, 1975, 1.3)."""


def exact_test(test: str, compared: Counts, other: Counts) -> str | None:
    """Return the exact test that a line needs; None if the approximation is valid or undefined.

    None also if a group below 10 is compared with so many patients that the exact test would take
    seconds.
    """
    sizes = [denominator(compared), denominator(other)]
    if not all(sizes) or len(known(together([compared, other]))) == 1:
        return None
    if test == "ranksum":
        is_small = min(sizes) < SMALLEST_GROUP and is_countable(compared, other)
        return EXACT_TEST[test] if is_small else None
    if test == "chi2":
        a, b, c, d = cells(compared, other)
        least_expected = min(sizes) * min(a + c, b + d) / sum(sizes)
        return EXACT_TEST[test] if 0 < least_expected < SMALLEST_EXPECTED else None
    return None

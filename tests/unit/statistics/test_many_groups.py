"""Tests of three and more groups, and of tables of counts, against printed examples."""

from __future__ import annotations

from collections import Counter

import pytest

from warehouse.statistics import exact_tables, many_groups
from warehouse.statistics.calls import LEVELS, YES_NO, Named, of_group, of_groups
from warehouse.statistics.descriptions import quartile

CLEARANCE = (
    (2.9, 3.0, 2.5, 2.6, 3.2),
    (3.8, 2.7, 4.0, 2.4),
    (2.8, 3.4, 3.7, 2.2, 2.0),
)
"""Hollander and Wolfe 1973, p. 116: half-time of mucociliary clearance."""
PLANTS = (
    (4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14),
    (4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69),
    (6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26),
)
"""Dobson 1983, table 7.1: weights of plants (PlantGrowth of R)."""
PARTIES = ((762, 327, 468), (484, 239, 477))
"""Agresti 2007, p. 39: party by sex."""
MP6 = (
    (1, 2, 2, 1, 1, 0, 1),
    (2, 0, 0, 2, 3, 0, 0),
    (0, 1, 1, 1, 2, 7, 3),
    (1, 1, 2, 0, 0, 0, 1),
    (0, 1, 1, 1, 1, 0, 0),
)
"""Mehta and Patel 1986, table 6."""


def test_published_examples() -> None:
    """As R prints them."""
    found = many_groups.kruskal_wallis(*map(Counter, CLEARANCE))
    assert [round(each, 4) for each in found] == [0.7714, 2, 0.68]
    found = many_groups.anova(*map(Counter, PLANTS))
    assert [round(each, 5) for each in found] == [4.84609, 2, 0.01591]
    found = many_groups.chi_square(*PARTIES)
    assert [round(found.statistic, 2), found.degrees_of_freedom] == [30.07, 2]
    assert f"{found.p_value:.3e}" == "2.954e-07"


@pytest.mark.rest
def test_a_published_exact_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes 5 s, so that tables of studies that are so large keep the approximation."""
    assert exact_tables.fisher_freeman_halton(*MP6).p_value is None
    monkeypatch.setattr(exact_tables, "MOST_STEPS", 10**12)
    assert round(exact_tables.fisher_freeman_halton(*MP6).p_value, 5) == 0.03929


@pytest.mark.parametrize(
    "rows",
    [
        ((3, 33_330), (2, 33_330), (5, 33_330)),
        ((0, 0, 99_997), (0, 3, 0), (1, 2, 90_000)),
    ],
)
def test_few_patients_with_an_outcome_are_exact_among_any_number(
    rows: tuple[tuple[int, ...], ...],
) -> None:
    assert exact_tables.fisher_freeman_halton(*rows).p_value is not None


@pytest.mark.parametrize(
    "rows",
    [
        ((2, 5_000, 5_000), (1, 5_000, 5_000)),
        ((20_000, 30_000), (3, 2), (10_000, 10_000)),
        ((5, 3, 20, 10), (2, 8, 15, 12), (1, 4, 18, 20)),
        tuple((1, 2) for _ in range(40)),
    ],
)
def test_tables_that_would_take_long_have_no_exact_p(rows: tuple[tuple[int, ...], ...]) -> None:
    assert exact_tables.fisher_freeman_halton(*rows).p_value is None


@pytest.mark.parametrize(
    ("kind", "quartiles"),
    [(2, [4, 10.5, 16.5]), (6, [3.5, 10.5, 17.25]), (7, [4.5, 10.5, 15.75])],
)
def test_quartiles_of_each_type(kind: int, quartiles: list[float]) -> None:
    """By hand: ranks 2.25 and 6.75 of type 6, 2.75 and 6.25 of type 7."""
    counts = Counter([2, 3, 5, 8, 13, 15, 18, 20])
    assert [quartile(counts, which, kind) for which in (1, 2, 3)] == quartiles


CALLS = (
    'many_groups.kruskal_wallis(counts["a"], counts["b"], counts["c"]).p_value',
    "many_groups.chi_square((2, 1, 0, 0), (0, 1, 1, 0), (0, 0, 2, 1)).statistic",
    "exact_tables.fisher_freeman_halton((3, 2), (4, 1), (5, 0)).p_value",
    "effects.levels_difference((2, 1, 0), (0, 1, 1))",
    'descriptions.quartile(counts["a"], 1, 7)',
)


def test_calls_are_written_as_python() -> None:
    """``explain`` shows them; a table is written out, and counts of values are named."""
    groups = [
        Named(Counter(values), f'counts["{code}"]')
        for code, values in (("a", [0, 0, 1]), ("b", [1, 2]), ("c", [2, 2, 5]))
    ]
    yes_no = [Named({1: 2, 0: 3}, "a"), Named({1: 1, 0: 4}, "b"), Named({0: 5, None: 1}, "c")]
    calls = [
        of_groups("kruskal.p_value", groups, "median_iqr"),
        of_groups("chi2.statistic", groups, LEVELS),
        of_groups("fisher_freeman_halton.p_value", yes_no, YES_NO),
        of_groups("standardized_mean_difference", groups[:2], LEVELS),
        of_group("q1", groups[0], 7),
    ]
    assert [call.text for call in calls] == [f"warehouse.statistics.{call}" for call in CALLS]
    assert [round(call.run(), 4) for call in calls] == [0.0645, 8.2222, 0.7253, 2.4495, 0.0]
    assert of_groups("t.p_value", groups, "mean_sd") is None

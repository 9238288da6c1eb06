"""Cells, comparisons and wide rows of small made-up studies of none to three groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.support.wide_lines import wide_lines
from warehouse.statistics.cells import cells
from warehouse.statistics.cohort import Cohort, Conventions, Group
from warehouse.statistics.comparisons import comparisons, contrasts
from warehouse.statistics.notes import NO_COMMON_LEVEL, NO_GROUP, NO_SPREAD
from warehouse.statistics.tables import CELLS, COMPARISONS, as_table

GROUPS = (
    Group("first", "First pass", "fp"),
    Group("more", "More", "mp"),
    Group("no", "None", "np"),
)
AGE = {"table_name": "t1", "line": 1, "variable": "age", "summary": "mean_sd"}
AGE |= {"decimals": 1, "test": "t"}
VESSEL = {"table_name": "t1", "line": 2, "variable": "vessel", "summary": "levels"}
VESSEL |= {"decimals": 0, "test": "chi2", "levels": ["M1", "ICA", "BA"]}
DEATH = {"table_name": "t2", "line": 1, "variable": "death", "summary": "n_pct"}
DEATH |= {"decimals": 1, "test": "chi2"}
IS_APPROXIMATE = "A group is below 5: the p-value is approximate."
IS_EXACT = "An expected count is below 5: the p-value is exact."
Row = dict[str, Any]


def counted(variable: str, group: str | None, *values: Any) -> Iterable[tuple[Any, ...]]:
    """Value counts of a group."""
    for value in dict.fromkeys(values):
        yield variable, group, value, values.count(value)


VALUES = [
    *counted("age", "first", 60, 62, None),
    *counted("age", "more", 70, 72),
    *counted("age", "no", 80, 82, 84),
    *counted("vessel", "first", "M1", "M1", "M2"),
    *counted("vessel", "more", "M1", None),
    *counted("vessel", "no", "ICA", "M2", "M1"),
    *counted("death", "first", 0, 0, 0),
    *counted("death", "more", 0, 1),
    *counted("death", "no", 1, 1, 0),
]


def short(rows: Iterable[Row], *names: str) -> list[tuple[Any, ...]]:
    """Some columns of rows, decimals rounded to three places."""
    return [
        tuple(round(row[n], 3) if isinstance(row[n], float) else row[n] for n in names)
        for row in rows
    ]


def test_the_cells_of_a_line_of_numbers() -> None:
    rows = cells([AGE], Cohort(VALUES, GROUPS))
    assert list(rows[0]) == CELLS.names
    assert {(row["table_name"], row["line"], row["variable"], row["level"]) for row in rows} == {
        ("t1", 1, "age", None)
    }
    assert short(rows, "study_group", "statistic", "value", "display")[:9] == [
        ("first", "group_size", 3, "3"),
        ("first", "denominator", 2, "2"),
        ("first", "missing", 1, "1"),
        ("first", "mean", 61, "61.0"),
        ("first", "sd", 1.414, "1.4"),
        ("first", "median", 61, "61"),
        ("first", "q1", 60, "60"),
        ("first", "q3", 62, "62"),
        ("first", "summary", None, "61.0 ± 1.4"),
    ]
    overall = [row for row in rows if row["study_group"] == "all"]
    assert [row["display"] for row in overall] == [
        *("8", "7", "1", "72.9", "9.6", "72", "62", "82", "72.9 ± 9.6")
    ]


def test_the_cells_of_levels() -> None:
    """Levels that the line lists come first, even if no patient has them."""
    rows = cells([VESSEL], Cohort(VALUES, GROUPS, Conventions(pct_decimals=0)))
    summaries = [row for row in rows if row["statistic"] == "summary"]
    assert short(summaries, "level", "study_group", "display") == [
        ("M1", "first", "2 (67%)"),
        ("M1", "more", "1 (100%)"),
        ("M1", "no", "1 (33%)"),
        ("M1", "all", "4 (57%)"),
        ("ICA", "first", "0 (0%)"),
        ("ICA", "more", "0 (0%)"),
        ("ICA", "no", "1 (33%)"),
        ("ICA", "all", "1 (14%)"),
        ("BA", "first", "0 (0%)"),
        ("BA", "more", "0 (0%)"),
        ("BA", "no", "0 (0%)"),
        ("BA", "all", "0 (0%)"),
        ("M2", "first", "1 (33%)"),
        ("M2", "more", "0 (0%)"),
        ("M2", "no", "1 (33%)"),
        ("M2", "all", "2 (29%)"),
    ]
    of_line = [row for row in rows if row["level"] is None and row["study_group"] == "more"]
    assert short(of_line, "statistic", "value") == [
        ("group_size", 2),
        ("denominator", 1),
        ("missing", 1),
    ]


def test_the_comparisons_of_three_groups() -> None:
    """20 of the 56 ways to choose 3 dead of 8 are no more probable than that observed."""
    rows = comparisons([AGE, VESSEL, DEATH], Cohort(VALUES, GROUPS))
    assert list(rows[0]) == COMPARISONS.names
    names = ("variable", "contrast", "test", "statistic", "degrees_of_freedom", "p_display", "n")
    assert short(rows, *names, "missing", "note") == [
        ("age", "all", "anova", 89.81, 2, "<0.001", 7, 1, None),
        ("vessel", "all", "fisher_freeman_halton", None, None, "1.000", 7, 1, IS_EXACT),
        ("death", "all", "fisher_freeman_halton", None, None, "0.357", 8, 0, IS_EXACT),
    ]


def test_pairs_are_compared_with_a_reference_if_it_is_given() -> None:
    cohort = Cohort(VALUES, GROUPS, Conventions(small_samples="approximate"))
    rows = comparisons([DEATH], cohort, reference="first")
    names = ("contrast", "test", "statistic", "p_value", "exact_p_value", "effect", "estimate")
    assert short(rows, *names) == [
        ("all", "chi2", 3.022, 0.221, 0.357, None, None),
        ("more - first", "chi2", 1.875, 0.171, 0.4, None, None),
        ("more - first", None, None, None, None, "standardized_mean_difference", 1.414),
        ("more - first", None, None, None, None, "risk_difference", 0.5),
        ("more - first", None, None, None, None, "risk_ratio", None),
        ("more - first", None, None, None, None, "odds_ratio", None),
        ("no - first", "chi2", 3, 0.083, 0.4, None, None),
        ("no - first", None, None, None, None, "standardized_mean_difference", 2),
        ("no - first", None, None, None, None, "risk_difference", 0.667),
        ("no - first", None, None, None, None, "risk_ratio", None),
        ("no - first", None, None, None, None, "odds_ratio", None),
    ]


@pytest.mark.parametrize(
    ("groups", "reference", "names"),
    [
        ((), None, []),
        (GROUPS[:1], None, []),
        (GROUPS[:1], "first", []),
        (GROUPS[:2], None, ["first - more"]),
        (GROUPS[:2], "first", ["more - first"]),
        (GROUPS, None, ["all"]),
        (GROUPS, "more", ["all", "first - more", "no - more"]),
    ],
)
def test_contrasts(groups: tuple[Group, ...], reference: str | None, names: list[str]) -> None:
    found = contrasts(Cohort([], groups), reference)
    assert [contrast.name for contrast in found] == names


def test_a_study_without_groups_has_cells_and_no_comparisons() -> None:
    values = [(variable, None, value, n) for variable, _, value, n in VALUES]
    cohort = Cohort(values)
    rows = cells([DEATH], cohort)
    assert short(rows, "study_group", "statistic", "display") == [
        ("all", "group_size", "8"),
        ("all", "denominator", "8"),
        ("all", "missing", "0"),
        ("all", "n", "3"),
        ("all", "pct", "37.5%"),
        ("all", "summary", "3 (37.5%)"),
    ]
    assert comparisons([AGE, VESSEL, DEATH], cohort) == []


def test_a_line_selects_its_test_and_its_effects() -> None:
    cohort = Cohort([row for row in VALUES if row[1] != "no"], GROUPS[:2])
    age = AGE | {"test": None}
    death = DEATH | {"effects": ("risk_difference",)}
    rows = comparisons([age, death], cohort)
    assert short(rows, "variable", "test", "effect") == [
        ("age", None, "standardized_mean_difference"),
        ("death", "fisher_two_sided", None),
        ("death", None, "risk_difference"),
    ]


def test_an_empty_group_has_no_test_and_says_so() -> None:
    cohort = Cohort([row for row in VALUES if row[1] != "no"], GROUPS)
    for row in comparisons([AGE, VESSEL, DEATH], cohort):
        assert (row["p_value"], row["note"]) == (None, NO_GROUP)


def test_the_difference_of_levels_has_no_limit_without_a_common_one() -> None:
    groups = GROUPS[:2]
    apart = [*counted("vessel", "first", "M1", "M1"), *counted("vessel", "more", "ICA", "M2")]
    same = [*counted("vessel", "first", "M1", "M1"), *counted("vessel", "more", "M1")]
    notes = [comparisons([VESSEL], Cohort(values, groups))[1]["note"] for values in (apart, same)]
    assert notes == [NO_COMMON_LEVEL, NO_SPREAD]


def test_wide_rows_of_three_groups() -> None:
    """A level has a row of its own, without a test; effects are of two groups."""
    cohort = Cohort(VALUES, GROUPS)
    rows = wide_lines([AGE, VESSEL], cohort)
    displays = [f"{prefix}_display" for prefix in ("fp", "mp", "np", "all")]
    assert short(rows, "line", "level", *displays) == [
        (1, None, "61.0 ± 1.4", "71.0 ± 1.4", "82.0 ± 2.0", "72.9 ± 9.6"),
        (2, None, None, None, None, None),
        (2, "M1", "2 (66.7%)", "1 (100.0%)", "1 (33.3%)", "4 (57.1%)"),
        (2, "ICA", "0 (0.0%)", "0 (0.0%)", "1 (33.3%)", "1 (14.3%)"),
        (2, "BA", "0 (0.0%)", "0 (0.0%)", "0 (0.0%)", "0 (0.0%)"),
        (2, "M2", "1 (33.3%)", "0 (0.0%)", "1 (33.3%)", "2 (28.6%)"),
    ]
    names = ("fp_missing", "test", "test_statistic", "p_display", "test_note", "risk_difference")
    assert short(rows, *names) == [
        (1, "anova", 89.81, "<0.001", None, None),
        (0, "fisher_freeman_halton", None, "1.000", IS_EXACT, None),
        *[(None,) * 6] * 4,
    ]


def test_tables_without_rows_have_their_columns() -> None:
    assert as_table([], CELLS).column_names[0] == "table_name"


@pytest.mark.parametrize(
    ("values", "groups", "message"),
    [
        ([("age", "other", 1, 1)], GROUPS, "age has patients of the group other"),
        ([("age", None, 1, 1)], GROUPS, "age has patients of the group None"),
        ([("mrs", "no", 1, 1), ("mrs", "no", "1", 1)], GROUPS, "mrs has both numbers and texts"),
        ([], (GROUPS[0], GROUPS[0]), "groups have the same code or prefix"),
        ([], (Group("all", "All", "a"),), "or one is 'all'"),
    ],
)
def test_what_does_not_fit_is_refused(
    values: list[tuple[Any, ...]], groups: tuple[Group, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Cohort(values, groups)


def test_the_reference_is_a_group() -> None:
    with pytest.raises(ValueError, match="reference other is not"):
        contrasts(Cohort([], GROUPS), "other")


@pytest.mark.parametrize(("line", "test"), [(AGE, "chi2"), (DEATH, "t"), (VESSEL, "kruskal")])
def test_a_line_cannot_have_a_test_of_other_values(line: Row, test: str) -> None:
    with pytest.raises(ValueError, match="cannot have the test"):
        comparisons([line | {"test": test}], Cohort(VALUES, GROUPS))


def test_a_small_group_keeps_the_approximation_of_kruskal_and_wallis() -> None:
    rows = comparisons([AGE | {"test": "ranksum"}], Cohort(VALUES, GROUPS))
    assert short(rows, "test", "statistic", "p_value", "exact_p_value") == [
        ("kruskal", 5.357, 0.069, None)
    ]
    assert rows[0]["note"] == IS_APPROXIMATE

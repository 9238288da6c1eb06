"""Very small and one-sided cohorts: what their lines say, number by number (synthetic)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.wide_lines import wide_lines
from warehouse.settings import PROJECT_DIR
from warehouse.statistics import effects, exact_ranks, two_groups
from warehouse.statistics.calls import EFFECTS
from warehouse.statistics.cohort import Cohort, Conventions, Group
from warehouse.statistics.notes import FAR_APART, NO_GROUP, NO_SPREAD, OVER_ZERO, SINGLE_VALUE

CASES = PROJECT_DIR / "tests" / "fixtures" / "cases" / "ugly"
GROUPS = (
    Group("rescue_stenting", "Rescue stenting", "rs"),
    Group("no_rescue_stenting", "No rescue stenting", "non_rs"),
)
CODES = [group.code for group in GROUPS]
LINES = [
    {"table_name": table, "line": line, "variable": variable, "summary": summary}
    | {"decimals": 2, "test": test, "effects": EFFECTS if table == "table2" else EFFECTS[:1]}
    for line, (table, variable, summary, test) in enumerate(
        (
            ("table1", "systolic_bp_mmhg", "mean_sd", "t"),
            ("table1", "glucose_mmol_per_l", "median_iqr", "ranksum"),
            ("table1", "passes", "median_iqr", "ranksum"),
            ("table1", "smoking", "n_pct", "chi2"),
            ("table2", "good_outcome", "n_pct", "chi2"),
            ("table2", "death", "n_pct", "chi2"),
        ),
        start=1,
    )
]
Row = dict[str, Any]


def number(text: str) -> float | None:
    """A cell as a number; yes is 1."""
    return float({"true": "1", "false": "0"}.get(text, text)) if text else None


COLUMNS: dict[str, tuple[str, Callable[[str], float | None]]] = {
    "systolic_bp_mmhg": ("systolic_bp_mmhg", number),
    "glucose_mmol_per_l": ("glucose_mmol_per_l", number),
    "passes": ("passes", number),
    "smoking": ("smoking", number),
    "good_outcome": ("mrs", lambda mrs: float(int(mrs) <= 2)),
    "death": ("mrs", lambda mrs: float(mrs == "6")),
}


def printed(groups: dict[str, dict[str, list[float | None]]], convention: str) -> dict[str, Row]:
    """The lines of a cohort, given as the values of each variable in each group."""
    rows = [
        (variable, group, value, n)
        for variable, each in groups.items()
        for group, values in each.items()
        for value, n in Counter(values).items()
    ]
    known = [line for line in LINES if line["variable"] in groups]
    cohort = Cohort(rows, GROUPS, Conventions(small_samples=convention))
    return {row["variable"]: row for row in wide_lines(known, cohort)}


def case(name: str, convention: str = "exact") -> dict[str, Row]:
    """The lines of a delivered cohort, each patient in the group of the stent."""
    patients: dict[str, Row] = {}
    for extract in ("admissions", "procedures", "followups"):
        with Path(CASES / name / f"{extract}.csv").open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                patients.setdefault(row["patient_id"], {}).update(row)
    groups: dict[str, dict[str, list[float | None]]] = {}
    for variable, (column, read) in COLUMNS.items():
        groups[variable] = {code: [] for code in CODES}
        for patient in patients.values():
            group = CODES[patient["rescue_stent"] != "placed"]
            groups[variable][group].append(read(patient[column]))
    return printed(groups, convention)


def stated(row: Row) -> tuple[Any, ...]:
    """Both cells, test, p, standardised difference and note of a line."""
    smd = row["standardised_mean_difference"]
    return (
        row["rs_display"],
        row["non_rs_display"],
        row["test"],
        row["p_display"],
        None if smd is None else round(smd, 2),
        row["effect_note"],
    )


def effect(row: Row, name: str) -> tuple[float, ...] | None:
    """An effect and its interval, to two decimals."""
    numbers = [row[f"{name}{end}"] for end in ("", "_ci_low", "_ci_high")]
    return None if numbers[0] is None else tuple(round(each, 2) for each in numbers)


ALPHA = (
    "p and the 95% interval of the {} come from different methods, and lie on different sides "
    "of 5%."
)
DIFFERENCE = ALPHA.format("risk difference")
EVERY_EFFECT = ALPHA.format("risk difference and of the risk ratio and of the odds ratio")
EXPECTED = {
    "group_of_one": {
        "systolic_bp_mmhg": ("190.00 ± -", "147.50 ± 13.10", "t", "0.030", None, SINGLE_VALUE),
        # 1 of the 7 ways to choose one patient
        "passes": ("2 (2, 2)", "1 (1, 1)", "ranksum_exact", "0.143", None, SINGLE_VALUE),
        "smoking": ("0 (0.0%)", "0 (0.0%)", "chi2", None, None, NO_SPREAD),
        "good_outcome": (
            *("0 (0.0%)", "6 (100.0%)", "fisher_two_sided", "0.143", None),
            f"{FAR_APART} {EVERY_EFFECT}",
        ),
        "death": (
            *("1 (100.0%)", "0 (0.0%)", "fisher_two_sided", "0.143", None),
            f"{FAR_APART} {OVER_ZERO} {DIFFERENCE}",
        ),
    },
    "all_dead_zero_spread": {
        "systolic_bp_mmhg": ("140.00 ± 0.00", "160.00 ± 0.00", "t", None, None, FAR_APART),
        "glucose_mmol_per_l": (
            *("7.1 (7.1, 7.1)", "7.1 (7.1, 7.1)", "ranksum", None, None),
            NO_SPREAD,
        ),
        # 1 of the 792 ways to choose 5 of 12
        "passes": ("2 (2, 2)", "1 (1, 1)", "ranksum_exact", "0.001", None, FAR_APART),
        "death": (
            *("5 (100.0%)", "7 (100.0%)", "chi2", None, None),
            f"{NO_SPREAD} {OVER_ZERO}",
        ),
    },
    "zero_cells": {
        # 1 of the 2,002 ways to choose 5 of 14
        "smoking": (
            *("5 (100.0%)", "0 (0.0%)", "fisher_two_sided", "<0.001", None),
            FAR_APART,
        ),
        # 221 of the 1,001 ways
        "good_outcome": (
            *("5 (100.0%)", "5 (55.6%)", "fisher_two_sided", "0.221", 1.26),
            OVER_ZERO,
        ),
        "death": ("0 (0.0%)", "1 (11.1%)", "fisher_two_sided", "1.000", -0.5, None),
    },
    "no_deaths_missing_same": {
        "glucose_mmol_per_l": ("-", "-", "ranksum", None, None, NO_GROUP),
        "death": ("0 (0.0%)", "0 (0.0%)", "chi2", None, None, f"{NO_SPREAD} {OVER_ZERO}"),
        "good_outcome": ("5 (83.3%)", "6 (75.0%)", "fisher_two_sided", "1.000", 0.21, None),
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_lines_of_a_small_cohort(name: str) -> None:
    found = case(name)
    assert {variable: stated(found[variable]) for variable in EXPECTED[name]} == EXPECTED[name]


def test_the_ratios_of_small_cohorts() -> None:
    found = {
        (name, variable): [effect(row, each) for each in ("risk_ratio", "odds_ratio")]
        for name in EXPECTED
        for variable, row in case(name).items()
        if row["table_name"] == "table2"
    }
    assert found == {
        ("group_of_one", "good_outcome"): [(0, 0, 0.79), (0, 0, 0.43)],
        ("group_of_one", "death"): [None, None],
        ("all_dead_zero_spread", "good_outcome"): [None, None],
        ("all_dead_zero_spread", "death"): [(1, 0.57, 1.55), None],
        ("zero_cells", "good_outcome"): [(1.8, 0.91, 3.75), None],
        ("zero_cells", "death"): [(0, 0, 5.95), (0, 0, 7.55)],
        ("no_deaths_missing_same", "good_outcome"): [(1.11, 0.55, 2.13), (1.67, 0.15, 16.25)],
        ("no_deaths_missing_same", "death"): [None, None],
    }


def test_the_approximate_convention_prints_the_usual_tests_and_keeps_the_exact_p() -> None:
    found = case("zero_cells", "approximate")
    rows = [found[name] for name in ("passes", "smoking", "good_outcome", "death")]
    assert [(row["test"], row["p_display"], round(row["exact_p_value"], 4)) for row in rows] == [
        ("ranksum", "<0.001", 0.0005),
        ("chi2", "<0.001", 0.0005),
        ("chi2", "0.078", 0.2208),
        ("chi2", "0.439", 1.0),
    ]


MORE: list[tuple[str, list[float], list[float], tuple[Any, ...]]] = [
    ("a group of one among two", [1], [0], ("fisher_two_sided", "1.000", None)),
    (
        "a group of one among twenty",
        [1],
        [0] * 19 + [1],
        ("fisher_two_sided", "0.095", (20.0, 2.4, 112.59)),
    ),
    ("all of both", [1] * 30, [1] * 30, ("chi2", None, (1.0, 0.89, 1.13))),
    ("all of one and one", [1], [1], ("chi2", None, (1.0, 0.21, 4.84))),
    ("none against all", [0] * 20, [1] * 20, ("chi2", "<0.001", (0.0, 0.0, 0.16))),
    ("three of three, none of one", [1] * 3, [0], ("fisher_two_sided", "0.250", None)),
    ("nobody in a group", [], [0, 1], ("chi2", None, None)),
]


@pytest.mark.parametrize(("name", "compared", "other", "expected"), MORE)
def test_more_of_each_kind(
    name: str, compared: list[float], other: list[float], expected: tuple[Any, ...]
) -> None:
    row = printed({"death": dict(zip(CODES, (compared, other), strict=True))}, "exact")["death"]
    assert (row["test"], row["p_display"], effect(row, "risk_ratio")) == expected, name


def test_published_examples() -> None:
    """Koopman 1984; Newcombe 1998, Table II (a); Fisher's tea; Hollander and Wolfe 1999, 4.1."""
    assert [round(each, 3) for each in effects.risk_ratio(36, 4, 16, 64)] == [4.5, 2.94, 7.152]
    difference = effects.risk_difference(56, 14, 48, 32)
    assert [round(each, 4) for each in difference] == [0.2, 0.0524, 0.3339]
    assert round(two_groups.fisher_two_sided(3, 1, 1, 3).p_value, 4) == 0.4857
    at_term = (0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46)
    earlier = (1.15, 0.88, 0.90, 0.74, 1.21)
    test = exact_ranks.rank_sum_exact(Counter(at_term), Counter(earlier))
    assert round(test.p_value, 4) == 0.2544, "twice the 0.1272 of one side"


def test_too_many_for_the_exact_test_keep_the_approximation() -> None:
    values = {"passes": {"rescue_stenting": [3.5] * 9, "no_rescue_stenting": [*range(2_000)]}}
    row = printed(values, "exact")["passes"]
    assert (row["test"], row["exact_p_value"]) == ("ranksum", None)


def test_too_many_for_the_exact_test_have_no_exact_p_beside_it_either() -> None:
    """Each line's quantities hold every test: 300 patients with six values took 7 s."""
    for sizes in ((16, 34), (1_600, 3_400)):
        compared, other = (dict.fromkeys(range(6), patients) for patients in sizes)
        assert exact_ranks.rank_sum_exact(compared, other).p_value is None

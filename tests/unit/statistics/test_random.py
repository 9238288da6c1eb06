"""500 random cohorts of 4 to 60 (synthetic): every number equals that of another source."""

from __future__ import annotations

import statistics as of_values
from collections import Counter
from dataclasses import dataclass
from math import comb, isclose
from typing import Any

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from tests.support import statistics_oracle as oracle
from tests.support.wide_lines import numbers_of_tests, wide_lines
from warehouse.statistics.calls import EFFECTS
from warehouse.statistics.cohort import Cohort, Conventions, Group

COHORTS = 500
GROUPS = (
    Group("rescue_stenting", "Rescue stenting", "rs"),
    Group("no_rescue_stenting", "No rescue stenting", "non_rs"),
)
LINES = [
    {"table_name": table, "line": line, "variable": variable, "summary": summary}
    | {"decimals": 2, "test": test, "effects": EFFECTS if table == "table2" else EFFECTS[:1]}
    for line, (table, variable, summary, test) in enumerate(
        (
            ("table1", "age", "mean_sd", "t"),
            ("table1", "passes", "median_iqr", "ranksum"),
            ("table1", "smoking", "n_pct", "chi2"),
            ("table2", "death", "n_pct", "chi2"),
        ),
        start=1,
    )
]
Row = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A random cohort, with its lines under both conventions and its long table of numbers."""

    seed: int
    values: dict[str, tuple[list[float], list[float]]]
    exact: dict[str, Row]
    approximate: dict[str, Row]
    numbers: dict[tuple[str, str], float | None]


def drawn(rng: np.random.Generator, variable: str, size: int) -> list[float | None]:
    """Values of a variable: with ties, often without spread, some missing."""
    match variable:
        case "age":
            values = rng.choice([40, 55.5, 60, 60.1, 72, 81], size)
        case "passes":
            values = rng.integers(1, rng.integers(2, 8), size)
        case _:
            values = rng.random(size) < rng.choice([0, 0.05, 0.3, 0.9, 1])
    return [None if rng.random() < 0.1 else float(value) for value in values]


def made(seed: int) -> Made:
    """A cohort of 4 to 60 patients; a group may be of one."""
    rng = np.random.default_rng(seed)
    total = int(rng.integers(4, 61))
    first = int(rng.integers(1, total))
    codes = [group.code for group in GROUPS]
    sizes = dict(zip(codes, (first, total - first), strict=True))
    rows, values = [], {}
    for line in LINES:
        variable = line["variable"]
        groups = {group: drawn(rng, variable, size) for group, size in sizes.items()}
        values[variable] = tuple([v for v in each if v is not None] for each in groups.values())
        rows += [
            (variable, group, value, n)
            for group, each in groups.items()
            for value, n in Counter(each).items()
        ]
    cohorts = {
        convention: Cohort(rows, GROUPS, Conventions(small_samples=convention))
        for convention in ("exact", "approximate")
    }
    by_variable = {
        convention: {row["variable"]: row for row in wide_lines(LINES, cohort)}
        for convention, cohort in cohorts.items()
    }
    numbers = numbers_of_tests(LINES, cohorts["exact"])
    return Made(seed, values, **by_variable, numbers=numbers)


@pytest.fixture(scope="module")
def cohorts() -> list[Made]:
    return [made(seed) for seed in range(COHORTS)]


def same(found: float | None, expected: float | None, rel: float = 1e-9) -> bool:
    """Equal within rounding, or both undefined."""
    if found is None or expected is None:
        return found is expected
    return isclose(found, expected, rel_tol=rel, abs_tol=1e-9)


def table_of(each: Made, variable: str) -> oracle.Table:
    x, y = each.values[variable]
    return sum(x), len(x) - sum(x), sum(y), len(y) - sum(y)


def test_descriptions(cohorts: list[Made]) -> None:
    for each in cohorts:
        for variable in ("age", "passes"):
            row = each.exact[variable]
            for prefix, x in zip(("rs", "non_rs"), each.values[variable], strict=True):
                quartiles = np.quantile(x, (0.25, 0.5, 0.75), method="weibull") if x else [None] * 3
                expected = {
                    "denominator": len(x),
                    "mean": of_values.mean(x) if x else None,
                    "sd": of_values.stdev(x) if len(x) > 1 else None,
                    **dict(zip(("q1", "median", "q3"), quartiles, strict=True)),
                }
                found = {name: row[f"{prefix}_{name}"] for name in expected}
                assert all(same(found[name], expected[name]) for name in found), (each.seed, found)
            difference = oracle.standardised_difference(*each.values[variable], is_yes_no=False)
            assert same(row["standardised_mean_difference"], difference), each.seed
        for variable in ("smoking", "death"):
            row = each.exact[variable]
            for prefix, x in zip(("rs", "non_rs"), each.values[variable], strict=True):
                assert row[f"{prefix}_n"] == sum(x)
                assert same(row[f"{prefix}_pct"], 100 * sum(x) / len(x) if x else None)
            difference = oracle.standardised_difference(*each.values[variable], is_yes_no=True)
            assert same(row["standardised_mean_difference"], difference), each.seed


def test_every_test(cohorts: list[Made]) -> None:
    for each in cohorts:
        numbers, values = each.numbers, each.values
        t = oracle.student_t(*values["age"])
        assert same(numbers["age", "t.statistic"], t and t[0]), each.seed
        assert same(numbers["age", "t.p_value"], t and t[1]), each.seed
        z = oracle.rank_sum(*values["passes"])
        assert same(numbers["passes", "ranksum.statistic"], z and z[0], 1e-7), each.seed
        assert same(numbers["passes", "ranksum.p_value"], z and z[1]), each.seed
        for variable in ("smoking", "death"):
            table = tuple(map(int, table_of(each, variable)))
            chi2, fisher = oracle.chi_square(table), oracle.fisher(table)
            found = {test: number for (name, test), number in numbers.items() if name == variable}
            assert same(found["chi2.statistic"], chi2 and chi2[0]), each.seed
            assert same(found["chi2.p_value"], chi2 and chi2[1]), each.seed
            assert same(found["fisher_two_sided.p_value"], fisher and fisher[0]), each.seed
            assert same(found["fisher_one_sided.p_value"], fisher and fisher[1]), each.seed


def test_the_exact_rank_sum_equals_an_enumeration(cohorts: list[Made]) -> None:
    listed = 0
    for each in cohorts:
        x, y = each.values["passes"]
        if oracle.rank_sum(x, y):
            is_small = min(len(x), len(y)) < 10
            expected = oracle.rank_sum_exact(x, y) if is_small else None
            listed += is_small and comb(len(x) + len(y), len(x)) <= oracle.MOST_CHOICES
            assert same(each.exact["passes"]["exact_p_value"], expected), each.seed
    assert listed > 100


def test_the_convention_chooses_what_is_printed(cohorts: list[Made]) -> None:
    exact_lines = Counter[str]()
    for each in cohorts:
        for variable, usual, exact in (
            ("passes", "ranksum", "ranksum_exact"),
            ("smoking", "chi2", "fisher_two_sided"),
        ):
            printed, asked = each.exact[variable], each.approximate[variable]
            x, y = each.values[variable]
            if variable == "passes":
                is_small = len({*x, *y}) > 1 and 0 < min(len(x), len(y)) < 10
            else:
                a, b, c, d = table_of(each, variable)
                least = min(len(x), len(y)) * min(a + c, b + d) / max(len(x) + len(y), 1)
                is_small = 0 < least < 5
            assert printed["test"] == (exact if is_small else usual), each.seed
            exact_lines[variable] += is_small
            assert asked["test"] == usual
            assert asked["exact_p_value"] == printed["exact_p_value"]
            assert same(asked["p_value"], each.numbers[variable, f"{usual}.p_value"])
            if is_small:
                assert printed["p_value"] == each.numbers[variable, f"{exact}.p_value"]
                assert printed["test_statistic"] is printed["degrees_of_freedom"] is None
            else:
                assert printed["p_value"] == asked["p_value"]
    assert min(exact_lines.values()) > 100


def test_every_interval_contains_its_estimate_and_agrees_with_p_or_says_so(
    cohorts: list[Made],
) -> None:
    intervals, notes = 0, Counter[bool]()
    for each in cohorts:
        for row in (each.exact["death"], each.approximate["death"]):
            apart = []
            for effect, null in (("risk_difference", 0), ("risk_ratio", 1), ("odds_ratio", 1)):
                value, low, high = (row[f"{effect}{end}"] for end in ("", "_ci_low", "_ci_high"))
                assert (value is None) is (low is None) is (high is None)
                if value is None:
                    assert row["effect_note"], each.seed
                    continue
                intervals += 1
                assert low <= value <= high, each.seed
                assert f"{low:.2f}" != f"{high:.2f}", each.seed
                is_significant = row["p_value"] is not None and row["p_value"] < 0.05
                if row["p_value"] is not None and is_significant != (low > null or high < null):
                    apart.append(effect)
            says = "different sides of 5%" in (row["effect_note"] or "")
            assert says == bool(apart), (each.seed, row["effect_note"])
            notes[says] += 1
            if row["test"] == "chi2":
                assert set(apart) <= {"risk_difference"}, "score intervals and chi-square agree"
    assert intervals > 1500
    assert min(notes.values()) > 5


def test_intervals_equal_those_of_others(cohorts: list[Made]) -> None:
    """Newcombe's and the score intervals by statsmodels; with a zero cell by a search."""
    searched = 0
    for each in cohorts:
        row, table = each.exact["death"], table_of(each, "death")
        if row["risk_difference"] is None:
            continue
        low, high = oracle.newcombe(table)
        assert same(row["risk_difference_ci_low"], low), each.seed
        assert same(row["risk_difference_ci_high"], high), each.seed
        a, b, c, d = table
        for name, compare in (("risk_ratio", "ratio"), ("odds_ratio", "odds-ratio")):
            if row[name] is None:
                continue
            limits = row[f"{name}_ci_low"], row[f"{name}_ci_high"]
            if all(table):
                expected = confint_proportions_2indep(
                    a, a + b, c, c + d, compare=compare, method="score", correction=False
                )
                assert np.allclose(limits, expected, rtol=1e-4), (each.seed, name)
                continue
            for limit in limits:
                if limit > 0:
                    searched += 1
                    found = oracle.score_statistic(table, limit, name)
                    assert isclose(found, oracle.CHI_SQUARE_OF_5_PERCENT, rel_tol=1e-4), each.seed
    assert searched > 100

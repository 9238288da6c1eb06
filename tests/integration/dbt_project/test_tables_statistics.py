"""The SQL of the tables against numpy, scipy, statsmodels and tableone on random cohorts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep
from tableone import TableOne

from tests.support.tables_sql import TablesSql
from warehouse.statistics.two_groups import student_t

GROUPS = ("rescue_stenting", "no_rescue_stenting")
CONTINUOUS = {
    "age_years": st.integers(18, 100),
    "aspects": st.integers(0, 10),
    "passes": st.integers(1, 3),
    "glucose_mmol_per_l": st.integers(200, 3000).map(lambda hundredths: hundredths / 100),
}
TESTED_BY_T = {"age_years"}
OUTCOMES = ("is_sich", "is_ph")
BINARY = ("is_male", "ivt", *OUTCOMES)
CLOSE = {"rtol": 1e-9, "atol": 1e-12}
Cohort = pd.DataFrame


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> TablesSql:
    return TablesSql(tmp_path_factory.mktemp("tables"))


@st.composite
def cohorts(draw: st.DrawFn) -> Cohort:
    """Two groups of up to 30 patients; any value may be missing, a group may be empty."""
    sizes = [draw(st.integers(0, 30)) for _ in GROUPS]
    columns: dict[str, list[Any]] = {
        "study_group": [group for group, n in zip(GROUPS, sizes, strict=True) for _ in range(n)]
    }
    total = sum(sizes)
    for name, values in {**CONTINUOUS, **dict.fromkeys(BINARY, st.booleans())}.items():
        cell = st.one_of(st.none(), values, values, values)
        columns[name] = draw(st.lists(cell, min_size=total, max_size=total))
    return pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in columns.items()})


def split(cohort: Cohort, variable: str) -> list[np.ndarray]:
    """Known values of both groups, rescue stenting first."""
    return [
        cohort.loc[cohort["study_group"] == group, variable].dropna().to_numpy(dtype=float)
        for group in GROUPS
    ]


def two_by_two(cohort: Cohort, variable: str) -> np.ndarray:
    """[[yes, no] of rescue stenting, [yes, no] of the rest]."""
    return np.array([[int(sum(x)), int(len(x) - sum(x))] for x in split(cohort, variable)])


def assert_same(found: float | None, expected: float | None, what: str) -> None:
    """Equal within rounding of doubles; NaN and None both mean undefined."""
    if expected is None or np.isnan(expected):
        assert found is None, what
    else:
        assert found is not None, what
        np.testing.assert_allclose(found, expected, err_msg=what, **CLOSE)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cohort=cohorts())
def test_every_statistic_equals_an_independent_library(tables: TablesSql, cohort: Cohort) -> None:
    tables.run(cohort)
    lines = tables.by_variable(
        "select * from release.study.table1_baseline "
        "union all by name select * from release.study.table2_outcomes"
    )
    tests = found_tests(tables)
    effects = lines
    for variable in CONTINUOUS:
        values = split(cohort, variable)
        check_descriptions(lines[variable], values, cohort)
        check_continuous(tests, variable, values)
        assert_same(
            lines[variable]["standardised_mean_difference"], mean_difference(values), variable
        )
    for variable in BINARY:
        table = two_by_two(cohort, variable)
        check_shares(lines[variable], table)
        check_binary(tests, variable, table)
        if variable in OUTCOMES:
            check_effects(effects[variable], table)


def found_tests(tables: TablesSql) -> dict[tuple[str, str], dict[str, Any]]:
    """Statistic and p-value of every test of every variable."""
    rows = tables.rows(
        "select variable, test, statistic as test_statistic, p_value "
        "from intermediate.int_study_comparisons "
        "where study = 'guo_2023' and test is not null"
    )
    return {(row["variable"], row["test"]): row for row in rows}


def check_descriptions(line: dict[str, Any], values: list[np.ndarray], cohort: Cohort) -> None:
    for prefix, group, x in zip(("rs", "non_rs"), GROUPS, values, strict=True):
        size = int((cohort["study_group"] == group).sum())
        assert line[f"{prefix}_denominator"] == len(x)
        assert line[f"{prefix}_missing"] == size - len(x)
        assert_same(line[f"{prefix}_mean"], x.mean() if len(x) else None, "mean")
        assert_same(line[f"{prefix}_sd"], x.std(ddof=1) if len(x) > 1 else None, "sd")
        quartiles = np.quantile(x, [0.25, 0.5, 0.75], method="weibull") if len(x) else [None] * 3
        for name, expected in zip(("q1", "median", "q3"), quartiles, strict=True):
            assert_same(line[f"{prefix}_{name}"], expected, name)


def check_continuous(
    tests: dict[tuple[str, str], dict[str, Any]], variable: str, values: list[np.ndarray]
) -> None:
    x, y = values
    pooled = np.concatenate(values)
    t, rank_sum, levene = (
        tests.get((variable, test), {"test_statistic": None, "p_value": None})
        for test in ("t", "ranksum", "levene")
    )
    if len(x) and len(y) and len(np.unique(pooled)) > 1:
        expected = stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=False)
        assert_same(rank_sum["p_value"], expected.pvalue, "rank sum p")
        excess = expected.statistic - len(x) * len(y) / 2
        assert np.sign(rank_sum["test_statistic"]) == np.sign(excess)
    else:
        assert rank_sum["test_statistic"] is None
    if variable not in TESTED_BY_T:
        assert (variable, "t") not in tests
    elif len(x) and len(y) and len(pooled) > 2 and max(np.ptp(x), np.ptp(y)) > 0:
        expected = stats.ttest_ind(x, y, equal_var=True)
        assert_same(t["test_statistic"], expected.statistic, "t")
        assert_same(t["p_value"], expected.pvalue, "t p")
    else:
        assert t["test_statistic"] is None
    distances = [abs(group - group.mean()) for group in values if len(group)]
    if len(distances) == len(GROUPS) and max(np.ptp(d) for d in distances) > 1e-9:
        expected = stats.levene(x, y, center="mean")
        np.testing.assert_allclose(levene["test_statistic"], expected.statistic, atol=1e-9)
        np.testing.assert_allclose(levene["p_value"], expected.pvalue, rtol=1e-7)
    else:
        assert levene["test_statistic"] is None


def mean_difference(values: list[np.ndarray]) -> float | None:
    x, y = values
    if min(len(x), len(y)) < 2 or max(np.ptp(x), np.ptp(y)) == 0:
        return None
    return (x.mean() - y.mean()) / np.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2)


def check_shares(line: dict[str, Any], table: np.ndarray) -> None:
    for prefix, (yes, no) in zip(("rs", "non_rs"), table, strict=True):
        assert line[f"{prefix}_n"] == yes
        assert_same(line[f"{prefix}_pct"], 100 * yes / (yes + no) if yes + no else None, "share")


def check_binary(
    tests: dict[tuple[str, str], dict[str, Any]], variable: str, table: np.ndarray
) -> None:
    chi2, two_sided, one_sided = (
        tests[variable, test] for test in ("chi2", "fisher_two_sided", "fisher_one_sided")
    )
    if (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any():
        assert chi2["test_statistic"] is None
        assert two_sided["p_value"] is None
        assert one_sided["p_value"] is None
        return
    expected = stats.chi2_contingency(table, correction=False)
    assert_same(chi2["test_statistic"], expected.statistic, "chi2")
    assert_same(chi2["p_value"], expected.pvalue, "chi2 p")
    assert_same(two_sided["p_value"], stats.fisher_exact(table).pvalue, "Fisher")
    tails = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    assert_same(one_sided["p_value"], min(tails), "Fisher, one-sided")


def check_effects(effect: dict[str, Any], table: np.ndarray) -> None:
    (a, b), (c, d) = table
    if a + b == 0 or c + d == 0:
        assert effect["risk_difference"] is None
        assert effect["effect_note"] is not None
        return
    assert_same(effect["risk_difference"], a / (a + b) - c / (c + d), "risk difference")
    interval = confint_proportions_2indep(a, a + b, c, c + d, compare="diff", method="newcomb")
    assert_same(effect["risk_difference_ci_low"], interval[0], "Newcombe, low")
    assert_same(effect["risk_difference_ci_high"], interval[1], "Newcombe, high")
    if b * c == 0:
        assert effect["effect_note"] is not None
    shares = (a, a + b, c, c + d)
    for name, compare in (("risk_ratio", "ratio"), ("odds_ratio", "odds-ratio")):
        if not table.all():
            assert effect[name] in (None, 0, 1) or name == "risk_ratio"
            continue
        limits = confint_proportions_2indep(
            *shares, compare=compare, method="score", correction=False
        )
        for end, limit in zip(("low", "high"), limits, strict=True):
            assert_same(effect[f"{name}_ci_{end}"], limit, f"{name}, {end}")
    if table.all():
        assert_same(effect["risk_ratio"], (a / (a + b)) / (c / (c + d)), "risk ratio")
        assert_same(effect["odds_ratio"], Table2x2(table).oddsratio, "odds ratio")


def random_cohort(size: int, seed: int = 1) -> Cohort:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "study_group": rng.choice(GROUPS, size, p=(0.32, 0.68)),
            "age_years": rng.normal(63, 13, size).round(),
            "aspects": rng.integers(5, 11, size),
            "passes": rng.integers(1, 5, size),
            "glucose_mmol_per_l": rng.gamma(9, 0.9, size).round(2),
            "is_male": rng.random(size) < 0.7,
            "ivt": rng.random(size) < 0.4,
            "is_sich": rng.random(size) < 0.15,
        }
    )


def test_standardised_differences_and_cells_equal_those_of_tableone(tables: TablesSql) -> None:
    cohort = random_cohort(300)
    tables.run(cohort)
    table = TableOne(
        cohort,
        columns=["age_years", "passes", "is_male"],
        categorical=["is_male"],
        groupby="study_group",
        limit={"is_male": 1},
        order={"is_male": ["True"]},
        smd=True,
        decimals={"age_years": 2},
    ).tableone["Grouped by study_group"]
    lines = tables.by_variable("select * from release.study.table1_baseline")
    (column,) = [name for name in table.columns if name.startswith("SMD")]
    differences = table[column].replace("", np.nan).dropna()
    assert [float(text) for text in differences] == [
        round(lines[variable]["standardised_mean_difference"], 3)
        for variable in ("age_years", "passes", "is_male")
    ]
    age = table.loc[("age_years, mean (SD)", "")]
    assert (
        age["rescue_stenting"].replace(" (", " ± ").rstrip(")")
        == (lines["age_years"]["rs_display"])
    )


def test_the_order_of_rows_does_not_change_a_single_bit(tables: TablesSql) -> None:
    cohort = random_cohort(20_000)
    query = "select * from release.studies.table_cells order by all"
    tables.run(cohort)
    first = tables.rows(query)
    for seed in range(3):
        tables.run(cohort.sample(frac=1, random_state=seed))
        assert tables.rows(query) == first


def test_an_empty_cohort_has_all_lines_and_no_numbers(tables: TablesSql) -> None:
    tables.run(random_cohort(10).head(0))
    lines = tables.rows("select * from release.study.table1_baseline order by line")
    assert [line["line"] for line in lines] == list(range(1, 23))
    assert {line["rs_display"] for line in lines} == {"-"}
    assert {line["p_value"] for line in lines} == {None}


def test_a_count_of_the_text_is_unknown_where_a_patient_is(tables: TablesSql) -> None:
    counts = (
        "select subject, quantity from intermediate.int_text_quantities "
        "where statistic = 'n' and split_part(subject, '.', 1) in ('stent_thrombosis', 'sich') "
        "and study_group = 'rs' "
        "order by subject"
    )
    stented = {"study_group": GROUPS[0], "has_stent_thrombosis": False, "is_sich": False}
    for unknown, expected in (
        ({}, [0, 0, 0, 0, 0]),
        ({"has_stent_thrombosis": None}, [0, 0, 0, None, None]),
        ({"is_sich": None}, [None, None, None, 0, 0]),
    ):
        tables.run(pd.DataFrame([stented, stented | unknown]).astype(object))
        assert [row["quantity"] for row in tables.rows(counts)] == expected


def test_values_without_spread_have_no_test(tables: TablesSql) -> None:
    """0.3 / 3 is not 0.1 in binary: the noise must not become a t of a billion."""
    cohort = pd.DataFrame(
        {"study_group": [*GROUPS[:1] * 3, *GROUPS[1:] * 3], "glucose_mmol_per_l": [0.1] * 6}
    )
    tables.run(cohort)
    found = {test: each for (name, test), each in found_tests(tables).items() if "glucose" in name}
    none = {"variable": "glucose_mmol_per_l", "test_statistic": None, "p_value": None}
    assert found == {test: {**none, "test": test} for test in ("levene", "ranksum")}
    assert student_t({0.1: 3}, {0.1: 3}) == (None, 4, None)


def test_a_million_patients_are_exact(tables: TablesSql) -> None:
    """A thousand copies of each patient: the same means and shares, and p as scipy has it."""
    small = random_cohort(1_000)
    tables.run(pd.concat([small] * 1_000, ignore_index=True))
    large = tables.by_variable("select * from release.study.table1_baseline")
    tables.run(small)
    same = tables.by_variable("select * from release.study.table1_baseline")
    for variable in ("age_years", "passes", "glucose_mmol_per_l", "is_male"):
        for prefix in ("rs", "non_rs"):
            before, after = same[variable], large[variable]
            assert after[f"{prefix}_denominator"] == 1_000 * before[f"{prefix}_denominator"]
            assert_same(after[f"{prefix}_mean"], before[f"{prefix}_mean"], "mean")
            assert_same(after[f"{prefix}_pct"], before[f"{prefix}_pct"], "share")
    x, y = (np.repeat(values, 1_000) for values in split(small, "passes"))
    expected = stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=False)
    np.testing.assert_allclose(large["passes"]["p_value"], expected.pvalue, rtol=1e-6)

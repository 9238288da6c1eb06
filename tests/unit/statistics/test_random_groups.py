"""200 random cohorts of none, one, three and four groups (synthetic): every number by another."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import isclose, prod
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.support import statistics_oracle as oracle
from warehouse.statistics.calls import EFFECTS
from warehouse.statistics.cells import cells
from warehouse.statistics.cohort import ALL, Cohort, Conventions, Group
from warehouse.statistics.comparisons import comparisons

COHORTS = 200
NUMBERS_OF_GROUPS = (0, 1, 3, 4)
MOST_TABLES = 3_000
"""Most tables that the oracle lists."""
IS_SMALL = "An expected count is below 5: the p-value is {}."
QUARTILES = {2: "averaged_inverted_cdf", 6: "weibull", 7: "linear"}
LINES = [
    {"table_name": "t", "line": 1, "variable": "age", "summary": "mean_sd", "test": "t"},
    {
        "table_name": "t",
        "line": 2,
        "variable": "passes",
        "summary": "median_iqr",
        "test": "kruskal",
    },
    {"table_name": "t", "line": 3, "variable": "death", "summary": "n_pct", "test": "chi2"},
    {"table_name": "t", "line": 4, "variable": "vessel", "summary": "levels", "test": "chi2"}
    | {"levels": ["M2", "M1", "none"]},
    {"table_name": "t", "line": 5, "variable": "mrs", "summary": "levels", "test": "chi2"},
]
LINES = [line | {"decimals": 2} for line in LINES]
Row = dict[str, Any]


@dataclass
class Made:
    """A random cohort: its patients, and the long rows under one convention of each kind."""

    seed: int
    patients: pd.DataFrame
    codes: list[str]
    conventions: Conventions
    cells: dict[tuple[Any, ...], Row]
    comparisons: dict[tuple[Any, ...], Row]

    @cached_property
    def by_group(self) -> dict[tuple[str, str], list[Any]]:
        """The values of each variable in each group and in all patients, the missing ones too."""
        groups = {code: self.patients["group"] == code for code in self.codes}
        groups[ALL] = self.patients["group"].map(lambda _: True)
        return {
            (line["variable"], code): self.patients.loc[chosen, line["variable"]].tolist()
            for line in LINES
            for code, chosen in groups.items()
        }

    def values(self, variable: str, code: str) -> list[Any]:
        """The values of a group, or of all patients."""
        return self.by_group[variable, code]

    def known(self, variable: str, code: str) -> list[Any]:
        """The known values of a group."""
        return [value for value in self.values(variable, code) if value is not None]

    def table(self, variable: str, codes: list[str]) -> list[list[int]]:
        """The table of counts: a row for each group, a column for each level of any patient."""
        levels = sorted(set(self.known(variable, ALL)))
        return [[self.known(variable, code).count(level) for level in levels] for code in codes]


def drawn(rng: np.random.Generator, variable: str) -> Any:
    """A value of a variable."""
    match variable:
        case "age":
            return float(rng.choice([40, 55.5, 60, 60.1, 72]))
        case "passes":
            return float(rng.integers(1, 6))
        case "death":
            return float(rng.random() < 0.2)
        case "mrs":
            return float(rng.choice([0, 1, 3, 6]))
    return str(rng.choice(["ICA", "M1", "M2"], p=(0.2, 0.5, 0.3)))


def made(seed: int) -> Made:
    """A cohort of 3 to 50 patients, some of whose variables are constant in a group."""
    rng = np.random.default_rng(seed)
    codes = ["b", "a", "d", "c"][: NUMBERS_OF_GROUPS[seed % 4]]
    size = int(rng.integers(3, 51))
    patients = pd.DataFrame({"group": rng.choice(codes, size) if codes else [None] * size})
    for line in LINES:
        variable, is_constant = line["variable"], rng.random() < 0.15
        constant, unknown = drawn(rng, variable), rng.choice([0, 0.1, 0.4])
        values = [constant if is_constant else drawn(rng, variable) for _ in range(size)]
        known = [None if rng.random() < unknown else value for value in values]
        patients[variable] = pd.Series(known, dtype=object)
    conventions = Conventions(
        quartile_type=[*QUARTILES][seed % 3],
        small_samples=["exact", "approximate"][seed // 4 % 2],
        pct_decimals=seed % 3,
    )
    rows = [
        (variable, group, value, n)
        for variable in [line["variable"] for line in LINES]
        for (group, value), n in Counter(
            zip(patients["group"], patients[variable], strict=True)
        ).items()
    ]
    cohort = Cohort(rows, [Group(code, code.upper(), code) for code in codes], conventions)
    reference = codes[-1] if len(codes) > 1 else None
    return Made(
        seed,
        patients,
        codes,
        conventions,
        {
            (row["variable"], row["level"], row["study_group"], row["statistic"]): row
            for row in cells(LINES, cohort)
        },
        {
            (row["variable"], row["contrast"], row["effect"] or "test"): row
            for row in comparisons(LINES, cohort, reference)
        },
    )


@pytest.fixture(scope="module")
def cohorts() -> list[Made]:
    return [made(seed) for seed in range(COHORTS)]


def same(found: float | None, expected: float | None) -> bool:
    """Equal within rounding, or both undefined."""
    if found is None or expected is None or np.isnan(expected):
        return found is None and (expected is None or bool(np.isnan(expected)))
    return isclose(found, expected, rel_tol=1e-7, abs_tol=1e-9)


def described(each: Made, line: Row, code: str) -> dict[tuple[str | None, str], float | None]:
    """The numbers of a line in a group by level and statistic, computed by pandas and NumPy."""
    values, known = each.values(line["variable"], code), each.known(line["variable"], code)
    found: dict[tuple[str | None, str], float | None] = {
        (None, "group_size"): len(values),
        (None, "denominator"): len(known),
        (None, "missing"): len(values) - len(known),
    }
    if line["summary"] in ("n_pct", "levels"):
        yes: dict[str | None, Any] = {None: 1.0}
        if line["summary"] == "levels":
            observed = sorted(set(each.known(line["variable"], ALL)))
            yes = {level: level for level in line.get("levels", [])}
            yes |= {str(value).removesuffix(".0"): value for value in observed}
        for level, value in yes.items():
            found[level, "n"] = known.count(value)
            found[level, "pct"] = 100 * known.count(value) / len(known) if known else None
        return found
    numbers = pd.Series(known, dtype=float)
    method = QUARTILES[each.conventions.quartile_type]
    quartiles = np.quantile(numbers, (0.25, 0.5, 0.75), method=method) if len(known) else [None] * 3
    names = ("mean", "sd", "q1", "median", "q3")
    return found | {
        (None, name): value
        for name, value in zip(names, (numbers.mean(), numbers.std(), *quartiles), strict=True)
    }


def test_every_cell(cohorts: list[Made]) -> None:
    for each in cohorts:
        places = set()
        for line, code in product(LINES, [*each.codes, ALL]):
            expected = described(each, line, code)
            for (level, name), number in expected.items():
                place = (line["variable"], level, code, name)
                assert same(each.cells[place]["value"], number), (each.seed, place)
                places.add(place)
        assert places == {place for place in each.cells if place[3] != "summary"}


def test_every_printed_cell_shows_its_numbers(cohorts: list[Made]) -> None:
    printed = 0
    for each in cohorts:
        displays: dict[tuple[Any, ...], dict[str, str]] = defaultdict(dict)
        for (*place, name), row in each.cells.items():
            displays[tuple(place)][name] = row["display"]
        for (variable, level, code, name), row in each.cells.items():
            if name != "summary":
                continue
            shown = displays[variable, level, code]
            printed += 1
            assert row["value"] is None
            if each.cells[variable, None, code, "denominator"]["value"] == 0:
                assert row["display"] == "-"
            elif variable == "age":
                assert row["display"] == f"{shown['mean']} ± {shown['sd']}"
            elif variable == "passes":
                assert row["display"] == f"{shown['median']} ({shown['q1']}, {shown['q3']})"
            else:
                assert row["display"] == f"{shown['n']} ({shown['pct']})"
                decimals = shown["pct"].removesuffix("%").partition(".")[2]
                assert len(decimals) == each.conventions.pct_decimals
    assert printed > 3_000


def contrasts(each: Made) -> dict[str, list[str]]:
    """The contrasts of a cohort: all groups, and each with the last one."""
    if len(each.codes) < 2:
        return {}
    pairs = {f"{code} - {each.codes[-1]}": [code, each.codes[-1]] for code in each.codes[:-1]}
    return {ALL: each.codes} | pairs


def test_there_is_a_row_for_each_test_and_each_effect_of_a_pair(cohorts: list[Made]) -> None:
    for each in cohorts:
        expected = {
            (line["variable"], contrast, name)
            for line in LINES
            for contrast in contrasts(each)
            for name in ("test", *EFFECTS)
            if name == "test"
            or (contrast != ALL and (name == EFFECTS[0] or line["summary"] == "n_pct"))
        }
        assert set(each.comparisons) == expected
        for (variable, contrast, _), row in each.comparisons.items():
            values = [each.values(variable, code) for code in contrasts(each)[contrast]]
            assert row["n"] + row["missing"] == sum(map(len, values))
            assert row["missing"] == sum(group.count(None) for group in values)


def test_every_test_of_all_groups(cohorts: list[Made]) -> None:
    defined = Counter[str]()
    for each in cohorts:
        for variable, _ in [place[:2] for place in each.comparisons if place[1:] == (ALL, "test")]:
            row = each.comparisons[variable, ALL, "test"]
            groups = [each.known(variable, code) for code in each.codes]
            match variable:
                case "age":
                    test, expected = "anova", oracle.anova(groups)
                case "passes":
                    test, expected = "kruskal", oracle.kruskal(groups)
                case _:
                    test = "chi2"
                    expected = oracle.chi_square_of_table(each.table(variable, each.codes))
            if row["test"] == "fisher_freeman_halton":
                assert row["statistic"] is row["degrees_of_freedom"] is None
                assert each.conventions.small_samples == "exact"
                continue
            assert row["test"] == test
            assert (row["p_value"] is None) == (expected is None), (each.seed, variable)
            if expected:
                defined[variable] += 1
                found = row["statistic"], row["degrees_of_freedom"], row["p_value"]
                assert all(map(same, found, expected)), (each.seed, variable, found, expected)
            else:
                assert row["note"], (each.seed, variable)
    assert min(defined[line["variable"]] for line in LINES) > 25


def tables_of(rows: list[list[int]]) -> int:
    """At least the number of tables with these margins."""
    return prod((sum(row) + 1) ** (len(row) - 1) for row in rows[:-1])


def test_small_tables_have_an_exact_p(cohorts: list[Made]) -> None:
    listed = Counter[str]()
    for each in cohorts:
        for (variable, contrast, name), row in each.comparisons.items():
            is_table = variable in ("vessel", "mrs") or (variable == "death" and contrast == ALL)
            if name != "test" or not is_table:
                continue
            table = np.array(each.table(variable, contrasts(each)[contrast]))
            table = table[:, table.sum(axis=0) > 0]
            sizes, levels = table.sum(axis=1), table.sum(axis=0)
            is_defined = sizes.all() and len(levels) > 1
            is_small = bool(is_defined and np.outer(sizes, levels).min() < 5 * table.sum())
            is_exact = row["test"] == "fisher_freeman_halton"
            assert is_exact <= is_small
            if not is_small:
                assert row["exact_p_value"] is None
                continue
            exact = row["exact_p_value"]
            assert is_exact == (exact is not None and each.conventions.small_samples == "exact")
            kind = "exact" if is_exact else "approximate"
            assert row["note"] == IS_SMALL.format(kind)
            assert row["p_value"] == exact or not is_exact
            if exact is not None and tables_of(table.tolist()) < MOST_TABLES:
                listed[contrast == ALL] += 1
                expected = oracle.fisher_freeman_halton(table.tolist())
                assert same(exact, expected), (each.seed, variable, contrast)
    assert min(listed.values()) > 20, listed


def test_every_pair_is_compared_as_two_groups_are(cohorts: list[Made]) -> None:
    defined = Counter[str]()
    for each in cohorts:
        for (variable, contrast, name), row in each.comparisons.items():
            if contrast == ALL:
                continue
            x, y = (each.known(variable, code) for code in contrasts(each)[contrast])
            rows = each.table(variable, contrasts(each)[contrast])
            if name == EFFECTS[0]:
                if variable in ("vessel", "mrs"):
                    expected = oracle.levels_difference(*rows) if x and y else None
                else:
                    expected = oracle.standardised_difference(x, y, variable == "death")
                assert same(row["estimate"], expected), (each.seed, variable, contrast)
                assert (row["note"] is None) == (expected is not None)
                defined[variable] += expected is not None
            elif name == "risk_difference" and x and y:
                assert same(row["estimate"], np.mean(x) - np.mean(y))
            elif name == "test" and row["test"] in ("t", "ranksum"):
                expected = {"t": oracle.student_t, "ranksum": oracle.rank_sum}[row["test"]](x, y)
                assert same(row["p_value"], expected and expected[1]), (each.seed, variable)
    assert min(defined.values()) > 25, defined

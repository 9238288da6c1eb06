"""Random studies on random registries: every number equals that of an oracle, alone and together.

The refresh's own models build all studies of a registry at once, and each of them alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import isclose, prod
from random import Random
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from tests.support import statistics_oracle as oracle
from tests.support.random_studies import (
    LINES,
    RandomStudy,
    Stroke,
    expected,
    part_of,
    random_study,
    strokes,
)
from warehouse.cohorts.columns import stroke_columns
from warehouse.definitions.study import StudyDefinition
from warehouse.statistics.cohort import ALL
from warehouse.study_rerun import MARTS, build_studies

SIZES = (12, 80, 250, 600)
STUDIES, STUDIES_IN_SHORT = 40, 5
MOST_TABLES = 3_000
QUARTILES = {2: "averaged_inverted_cdf", 6: "weibull", 7: "linear"}
DEFAULT_TESTS = {
    "n_pct": ("chi2", "chi2"),
    "levels": ("chi2", "chi2"),
    "mean_sd": ("t", "anova"),
    "median_iqr": ("ranksum", "kruskal"),
}
Key = tuple[Any, ...]


@dataclass
class Registry:
    """A registry with its studies, and the rows of each mart and study, built together."""

    rows: list[Stroke]
    studies: list[RandomStudy]
    built: dict[Key, list[dict[str, Any]]]

    def column(self, mart: str, study: str, *names: str) -> Iterator[Key]:
        """Columns of the rows of a study."""
        for row in self.built.get((mart, study), []):
            yield tuple(row[name] for name in names)


def built(rows: list[Stroke], studies: list[StudyDefinition]) -> dict[Key, list[dict[str, Any]]]:
    """The rows of each mart and study, as the models of the refresh make them."""
    declared = ", ".join(f'"{name}" {each.sql_type}' for name, each in stroke_columns().items())
    found: dict[Key, list[dict[str, Any]]] = {}
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as before")
        connection.execute("create schema before.registry")
        connection.execute("create table before.registry.study_variables (admission_key varchar)")
        connection.execute(f"create table int_strokes ({declared})")
        delivered = pa.Table.from_pylist(rows)  # noqa: F841 - the query reads it
        connection.execute("insert into int_strokes by name select * from delivered")
        build_studies(connection, studies)
        for mart in MARTS:
            # Of a study alone, the place is another one; it is no number of the study.
            place = "exclude (place)" if mart == "definitions" else ""
            result = connection.sql(f"select * {place} from studies.{mart} order by all")
            for row in result.to_arrow_table().to_pylist():
                found.setdefault((mart, row["study"]), []).append(row)
    return found


@dataclass
class Analyzed:
    """The analyzed strokes of a study and subgroup with their groups, and its conventions."""

    study: StudyDefinition
    of_group: list[tuple[str, Stroke]]

    @cached_property
    def codes(self) -> list[str]:
        """The groups."""
        return [each.study_group for each in self.study.groups]

    def values(self, variable: str, code: str) -> list[Any]:
        """The values of a group, also the missing ones; yes is 1."""
        value = LINES[variable][1]
        found = [value(row) for group, row in self.of_group if code in (group, ALL)]
        return [float(each) if isinstance(each, bool) else each for each in found]

    def known(self, variable: str, code: str) -> list[Any]:
        """The known values of a group."""
        return [value for value in self.values(variable, code) if value is not None]

    def table(self, variable: str, codes: list[str]) -> list[list[int]]:
        """A row for each group, a column for each value of any patient."""
        levels = sorted({*self.known(variable, ALL)}, reverse=True)
        return [[self.known(variable, code).count(level) for level in levels] for code in codes]


def cells(part: Analyzed, variable: str, summary: str, code: str) -> dict[Key, float | None]:
    """The numbers of a line in a group by level and statistic."""
    values, known = part.values(variable, code), part.known(variable, code)
    found: dict[Key, float | None] = {
        ("-", "denominator"): len(known),
        ("-", "missing"): len(values) - len(known),
    }
    if summary in ("n_pct", "levels"):
        levels = {"-": 1.0} if summary == "n_pct" else {x: x for x in part.known(variable, ALL)}
        for level, value in levels.items():
            n = known.count(value)
            found |= {(level, "n"): n, (level, "pct"): 100 * n / len(known) if known else None}
        return found
    method = QUARTILES[part.study.quartile_type]
    quartiles = np.quantile(known, (0.25, 0.5, 0.75), method=method) if known else [None] * 3
    mean = np.mean(known) if known else None
    sd = np.std(known, ddof=1) if len(known) > 1 else None
    numbers = (mean, sd, *quartiles)
    names = ("mean", "sd", "q1", "median", "q3")
    return found | {("-", name): value for name, value in zip(names, numbers, strict=True)}


def contrasts(study: StudyDefinition) -> dict[str, list[str]]:
    """All groups, of three and more also each with the reference; of two the first with it."""
    codes = [each.study_group for each in study.groups]
    reference = study.reference or (codes[1] if len(codes) == 2 else None)
    pairs = {
        f"{code} - {reference}": [code, reference]
        for code in codes
        if reference not in (None, code)
    }
    return ({ALL: codes} if len(codes) > 2 else {}) | pairs


def same(found: float | None, wanted: float | None) -> bool:
    """Equal within rounding, or both undefined."""
    if found is None or wanted is None:
        return found is wanted
    return isclose(found, wanted, rel_tol=1e-7, abs_tol=1e-9)


def usual(part: Analyzed, variable: str, summary: str, codes: list[str]) -> Key | None:
    """Statistic, p and degrees of freedom of the approximate test; None where there is none."""
    groups = [part.known(variable, code) for code in codes]
    if summary in ("n_pct", "levels"):
        found = oracle.chi_square_of_table(part.table(variable, codes))
        return found and (found[0], found[2])
    test = DEFAULT_TESTS[summary][len(codes) > 2]
    if len(codes) > 2:
        found = {"anova": oracle.anova, "kruskal": oracle.kruskal}[test](groups)
        return found and (found[0], found[2])
    found = oracle.student_t(*groups) if test == "t" else oracle.rank_sum(*groups)
    return found and found[:2]


def exact(part: Analyzed, variable: str, test: str, codes: list[str]) -> float | None:
    """The p of an exact test; NaN where the oracle would take too long."""
    if test == "ranksum_exact":
        return oracle.rank_sum_exact(*(part.known(variable, code) for code in codes))
    table = part.table(variable, codes)
    if test == "fisher_two_sided":
        rows = [[part.known(variable, code).count(value) for value in (1, 0)] for code in codes]
        found = oracle.fisher((*rows[0], *rows[1]))
        return found and found[0]
    assert test == "fisher_freeman_halton"
    is_long = prod((sum(row) + 1) ** (len(row) - 1) for row in table[:-1]) >= MOST_TABLES
    return float("nan") if is_long else oracle.fisher_freeman_halton(table)


def difference(part: Analyzed, variable: str, summary: str, codes: list[str]) -> float | None:
    """The standardized difference of two groups."""
    x, y = (part.known(variable, code) for code in codes)
    if summary == "levels":
        return oracle.levels_difference(*part.table(variable, codes)) if x and y else None
    return oracle.standardised_difference(x, y, summary == "n_pct")


@pytest.fixture(
    scope="module",
    params=[
        *((seed, STUDIES_IN_SHORT) for seed in range(len(SIZES))),
        *(pytest.param((seed, STUDIES), marks=pytest.mark.rest) for seed in range(len(SIZES))),
    ],
    ids=str,
)
def registry(request: pytest.FixtureRequest) -> Registry:
    """A random registry, on which all its studies were built together."""
    seed, studies = request.param
    chance = Random(seed)
    rows = strokes(chance, SIZES[seed])
    made = [random_study(chance, f"random_{number}") for number in range(studies)]
    return Registry(rows, made, built(rows, [each.definition for each in made]))


def analyzed(registry: Registry, made: RandomStudy) -> Iterator[tuple[str, Analyzed]]:
    """Yield each subgroup of a study, and everybody, with the strokes that plain Python finds."""
    found = expected(made, registry.rows)
    members = [
        (str(found[row["admission_key"]][0]), row)
        for row in registry.rows
        if row["admission_key"] in found and found[row["admission_key"]][1] is None
    ]
    yield ALL, Analyzed(made.definition, members)
    for code in made.definition.subgroup_codes:
        own = [(group, row) for group, row in members if part_of(made, row) == code]
        yield code, Analyzed(made.definition, own)


def test_each_stroke_is_where_plain_python_puts_it(registry: Registry) -> None:
    for made in registry.studies:
        name, flow = made.definition.name, made.definition.flow
        wanted = expected(made, registry.rows)
        out = {key: flow[place - 1].step for key, (_, place) in wanted.items() if place}
        left = registry.column("criteria", name, "admission_key", "step_name", "status")
        assert {key: step for key, step, status in left if status == "excluded"} == out, name
        members = registry.column("members", name, "admission_key", "study_group")
        assert dict(members) == {
            key: group for key, (group, place) in wanted.items() if place is None
        }
        by_key = {row["admission_key"]: row for row in registry.rows}
        for key, subgroups in registry.column("members", name, "admission_key", "subgroups"):
            assert not made.parts or dict(subgroups) == {"part": part_of(made, by_key[key])}


def test_each_flow_balances(registry: Registry) -> None:
    for made in registry.studies:
        name, wanted = made.definition.name, expected(made, registry.rows)
        remaining, steps = len(wanted), []
        for place, step in enumerate(made.definition.flow, start=1):
            excluded = sum(at == place for _, at in wanted.values())
            remaining -= excluded
            steps.append((step.step, excluded, remaining))
        found = registry.column(
            "flow_steps", name, "step_order", "step_name", "n_excluded", "n_remaining"
        )
        assert [row[1:] for row in sorted(found)] == steps, name
        assert remaining == len(registry.built.get(("members", name), []))


def test_each_cell_is_the_oracles(registry: Registry) -> None:
    for made in registry.studies:
        names = ("subgroup", "variable", "study_group", "level", "statistic", "value")
        found = {
            key: value
            for *key, value in registry.column("table_cells", made.definition.name, *names)
            for key in [tuple(key)]
            if key[-1] not in ("summary", "group_size")
        }
        wanted = {
            (subgroup, line.variable, code, *place): number
            for subgroup, part in analyzed(registry, made)
            for (_, _, line), code in product(made.definition.lines(), [*part.codes, ALL])
            for place, number in cells(part, line.variable, line.summary, code).items()
        }
        assert {*found} == {*wanted}, made.definition.name
        wrong = [key for key, number in wanted.items() if not same(found[key], number)]
        assert wrong == [], made.definition.name


def test_each_test_and_difference_is_the_oracles(registry: Registry) -> None:
    tests = exact_tests = 0
    for made in registry.studies:
        names = ("subgroup", "variable", "contrast", "is_printed", "test", "effect")
        numbers = ("statistic", "p_value", "exact_p_value", "estimate", "ci_low", "ci_high")
        study, summaries = made.definition, {}
        for _, _, line in study.lines():
            summaries[line.variable] = line.summary
        parts = dict(analyzed(registry, made))
        printed = []
        for row in registry.column("comparisons", study.name, *names, *numbers):
            subgroup, variable, contrast, is_printed, test, effect = row[:6]
            statistic, p, exact_p, estimate, low, high = row[6:]
            part, codes = parts[subgroup], contrasts(study)[contrast]
            summary, where = summaries[variable], (study.name, *row[:6])
            if effect == "standardized_mean_difference":
                assert same(estimate, difference(part, variable, summary, codes)), where
            elif effect:
                assert estimate is None or low <= estimate <= high, where
                x, y = (part.known(variable, code) for code in codes)
                if effect == "risk_difference" and x and y:
                    assert same(estimate, np.mean(x) - np.mean(y)), where
            elif is_printed:
                printed.append((subgroup, variable, contrast))
                tests += p is not None
                if exact_p is not None:
                    exact_tests += 1
                    test_of = {"n_pct": "fisher_two_sided", "median_iqr": "ranksum_exact"}
                    kind = test_of.get(summary, "") if len(codes) == 2 else ""
                    wanted = exact(part, variable, kind or "fisher_freeman_halton", codes)
                    assert wanted is not None and (np.isnan(wanted) or same(exact_p, wanted)), where
                if statistic is None and p is not None:
                    assert study.small_samples == "exact" and p == exact_p, where
                    continue
                found = usual(part, variable, summary, codes) or (None, None)
                assert test == DEFAULT_TESTS[summary][len(codes) > 2], where
                assert same(statistic, found[0]) and same(p, found[1]), where
        assert sorted(printed) == sorted(product(parts, summaries, contrasts(study)))
    assert min(tests, exact_tests) > 10 or len(registry.studies) < STUDIES


def test_no_study_changes_the_numbers_of_another(registry: Registry) -> None:
    for made in registry.studies:
        name = made.definition.name
        together = {key: rows for key, rows in registry.built.items() if key[1] == name}
        assert built(registry.rows, [made.definition]) == together, name

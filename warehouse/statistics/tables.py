"""Rows of Tables 1 and 2: the numbers of each line, their printed form, and its test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from duckdb import DuckDBPyRelation

from warehouse.statistics.calls import (
    EFFECTS,
    OF_GROUP,
    OF_PROPORTIONS,
    OF_VALUES,
    Call,
    Named,
    of_group,
    of_groups,
)
from warehouse.statistics.counts import Counts, by_group, denominator, together
from warehouse.statistics.descriptions import mean, n, pct, quartile, sd
from warehouse.statistics.notes import effect_note
from warehouse.statistics.rounding import fixed, p_text, shortest
from warehouse.statistics.small_samples import EXACT, exact_test

Row = dict[str, Any]
COMPARED, OTHER = "rs", "non_rs"
YES_NO = "n_pct"
OF_YES_NO, OF_NUMBERS = ("n", "pct"), ("mean", "sd", "median", "q1", "q3")
PLACES = ("line", "indent", "decimals")
WHOLE = ("group_size", "denominator", "missing", "n")
TEXTS = (
    *("table_name", "variable", "paper_line", "section", "label", "unit", "summary", "test"),
    *("display", "p_display", "effect_note", "subject", "study_group", "statistic"),
)


class Cohort:
    """Counts of the values of each variable in each group of the study."""

    def __init__(
        self, values: Iterable[tuple[str, str, float | None, int]], prefixes: Mapping[str, str]
    ) -> None:
        """Read rows of variable, group, value, patients; ``prefixes`` are short names of groups."""
        rows: dict[str, list[tuple[str, float | None, int]]] = {}
        for variable, group, value, patients in values:
            rows.setdefault(variable, []).append((prefixes[group], value, patients))
        self.counts = {variable: by_group(each) for variable, each in rows.items()}
        self._results: dict[tuple[Any, ...], Any] = {}

    @classmethod
    def read(cls, values: DuckDBPyRelation, groups: DuckDBPyRelation) -> Cohort:
        """Return the cohort of the models ``int_value_counts`` and ``study_groups``."""
        counted = values.project("variable, study_group, observed, n").fetchall()
        return cls(counted, dict(groups.project("study_group, prefix").fetchall()))

    def group(self, variable: str, prefix: str) -> Counts:
        """Return the counts of a variable in a group."""
        return self.counts.get(variable, {}).get(prefix, {})

    def groups(self, variable: str) -> tuple[Counts, Counts]:
        """Return the counts of a variable in both groups, the compared one first."""
        return self.group(variable, COMPARED), self.group(variable, OTHER)

    def statistic(self, name: str, line: Row, prefix: str = "") -> Any:
        """Return a statistic of one group (``prefix``) or of both; None if the line lacks it."""
        groups = [Named(self.group(line["variable"], each), each) for each in (COMPARED, OTHER)]
        if prefix:
            return self._once(line, of_group(name, groups[prefix == OTHER]))
        call = of_groups(name, *groups, line["summary"] == YES_NO)
        return self._once(line, call) if call else None

    def _once(self, line: Row, call: Call) -> Any:
        """Return the part of a call's result, which is computed once for all parts."""
        key = (line["variable"], call.function, call.names)
        if key not in self._results:
            self._results[key] = call.function(*call.arguments)
        return call.select(self._results[key])


def read_lines(relation: DuckDBPyRelation) -> list[Row]:
    """Return the rows of the seed ``table_lines``."""
    rows = relation.order("table_name, line").fetchall()
    return [dict(zip(relation.columns, row, strict=True)) for row in rows]


def lines(table_lines: Sequence[Row], cohort: Cohort, small_samples: str) -> list[Row]:
    """Return all lines of all tables (columns of ``int_study_tables``).

    ``small_samples`` (exact or approximate) selects the test that is printed.
    """
    rows = [
        line
        | _described(line, cohort, COMPARED)
        | _described(line, cohort, OTHER)
        | _tested(line, cohort, small_samples)
        | _effects(line, cohort)
        for line in table_lines
    ]
    return [row | {"effect_note": effect_note(row)} for row in rows]


def quantities(table_lines: Sequence[Row], cohort: Cohort) -> Iterator[Row]:
    """Yield every number of the lines: subject, study_group, statistic, quantity."""
    for line in table_lines:
        variable, is_yes_no = line["variable"], line["summary"] == YES_NO
        for prefix in (COMPARED, OTHER):
            for name in ("group_size", "denominator", *_shown(line)):
                yield _quantity(variable, prefix, name, cohort.statistic(name, line, prefix))
        all_patients = Named(
            together(cohort.group(variable, each) for each in (COMPARED, OTHER)), "all"
        )
        for name in ("group_size", "n") if is_yes_no else ("group_size",):
            yield _quantity(variable, "all", name, of_group(name, all_patients).run())
        for name in OF_PROPORTIONS if is_yes_no else OF_VALUES:
            if name.endswith((".statistic", ".p_value")):
                yield _quantity(variable, "all", name, cohort.statistic(name, line))


def display(counts: Counts, summary: str, decimals: int) -> str:
    """Return a group's cell as printed: n (%), mean ± SD or median (Q1, Q3)."""
    if not denominator(counts):
        return "-"
    if summary == YES_NO:
        return f"{n(counts)} ({fixed(pct(counts), 1)}%)"
    if summary == "mean_sd":
        spread = sd(counts)
        spread_text = "-" if spread is None else fixed(spread, decimals)
        return f"{fixed(mean(counts), decimals)} ± {spread_text}"
    q1, median, q3 = (shortest(quartile(counts, which)) for which in (1, 2, 3))
    return f"{median} ({q1}, {q3})"


def as_table(rows: Iterable[Row]) -> pa.Table:
    """Return rows as an Arrow table; columns that are not integers or texts are doubles."""
    listed = list(rows)
    names = listed[0] if listed else {}
    return pa.Table.from_pylist(listed, pa.schema([(name, _type(name)) for name in names]))


def _type(column: str) -> pa.DataType:
    name = column.removeprefix(f"{OTHER}_").removeprefix(f"{COMPARED}_")
    if name in (*PLACES, *WHOLE):
        return pa.int32() if name in PLACES else pa.int64()
    return pa.string() if name in TEXTS else pa.float64()


def _shown(line: Row) -> tuple[str, ...]:
    return OF_YES_NO if line["summary"] == YES_NO else OF_NUMBERS


def _quantity(variable: str, group: str, statistic: str, number: float | None) -> Row:
    number = None if number is None else float(number)
    return {"subject": variable, "study_group": group, "statistic": statistic, "quantity": number}


def _described(line: Row, cohort: Cohort, prefix: str) -> Row:
    names = ("denominator", "missing", *_shown(line))
    numbers = dict.fromkeys(OF_GROUP) | {
        name: cohort.statistic(name, line, prefix) for name in names
    }
    counts = cohort.group(line["variable"], prefix)
    numbers["display"] = display(counts, line["summary"], line["decimals"])
    return {f"{prefix}_{name}": number for name, number in numbers.items()}


def _tested(line: Row, cohort: Cohort, small_samples: str) -> Row:
    """Return the test of a line; ``small_samples`` selects the printed one of two p-values."""
    exact = exact_test(line["test"], *cohort.groups(line["variable"]))
    exact_p = cohort.statistic(f"{exact}.p_value", line) if exact else None
    test = exact if exact and small_samples == EXACT else line["test"]
    statistic, df, p_value = (
        cohort.statistic(f"{test}.{name}", line)
        for name in ("statistic", "degrees_of_freedom", "p_value")
    )
    return {
        "test": test,
        "test_statistic": statistic,
        "degrees_of_freedom": df,
        "p_value": p_value,
        "p_display": p_text(p_value),
        "exact_p_value": exact_p,
        "fisher_p_value": cohort.statistic("fisher_two_sided.p_value", line),
    }


def _effects(line: Row, cohort: Cohort) -> Row:
    names = [f"{effect}{end}" for effect in EFFECTS for end in ("", "_ci_low", "_ci_high")]
    return {
        "standardised_mean_difference": cohort.statistic("standardised_mean_difference", line),
        **{name: cohort.statistic(name, line) for name in names},
    }

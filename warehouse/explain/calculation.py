"""Calculation of a number of the study's tables: the counting query and the function call on it.

Both are those that produced the number: the counts of ``int_value_counts`` and the calls of
``warehouse.statistics.calls``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from warehouse.dbt.project import TableLine, prefixes, table_lines
from warehouse.explain.summaries import Scope
from warehouse.statistics.calls import Call, Named, between, of_counts, of_group, of_groups
from warehouse.statistics.cells import display
from warehouse.statistics.cohort import ALL
from warehouse.statistics.counts import by_group, together
from warehouse.statistics.rounding import negative_absolute, p_text, round_half_up

TOGETHER = f"{together.__module__}.{together.__name__}(counts.values())"
DISPLAY, P_DISPLAY = "display", "p_display"


@dataclass(frozen=True)
class Calculation:
    """Statistic of a variable in one group or in all patients (``group``), or between groups.

    ``transformation`` is applied by the paper before it prints the value.
    """

    statistic: str
    variable: str
    group: str = ""
    transformation: str = "none"

    def call(self, rows: Iterable[tuple[Any, ...]]) -> Call:
        """Return the function call that computes the number from the rows of the counting query."""
        counts = by_group(rows)
        named = {
            prefix: Named(counts.get(group, {}), f'counts["{group}"]')
            for prefix, group in prefixes().items()
        }
        named[ALL] = Named(
            together(counts.values()), "warehouse.statistics.counts.together(counts.values())"
        )
        return _transformed(self._call(named), self.transformation)

    def _call(self, named: dict[str, Named]) -> Call:
        line = table_lines()[self.variable]
        if self.statistic == DISPLAY:
            return of_counts(display, named[self.group], line.summary, line.decimals)
        if self.group:
            return of_group(self.statistic, named[self.group])
        statistic = self.statistic.replace(P_DISPLAY, "p_value")
        call = of_groups(statistic, [named[prefix] for prefix in prefixes()], line.summary)
        if call is None:
            raise ValueError(f"{self.variable} has no {self.statistic}")
        return call.then(p_text) if self.statistic.endswith(P_DISPLAY) else call


def counting_query(variable: str, scope: Scope) -> str:
    """Return SQL that counts the patients of each group by value, as ``int_value_counts`` does."""
    return (
        f"select\n    study_group,\n    cast({variable} as double) as observed,\n"
        f"    count(*) as n\nfrom {scope.relation}{scope.where()}\n"
        f"group by study_group, {variable}\norder by study_group, {variable}"
    )


def is_between_groups(statistic: str, line: TableLine | None) -> bool:
    """Return whether a line of the tables has this statistic between groups."""
    if line is None:
        return False
    return statistic.replace(P_DISPLAY, "p_value") in between(line.summary, len(prefixes()))


def _transformed(call: Call, transformation: str) -> Call:
    match transformation:
        case "negative_absolute":
            return call.then(negative_absolute)
        case "three_decimals_first":
            return call.then(round_half_up, 3)
    return call

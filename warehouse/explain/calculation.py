"""Calculation of a number of a study's tables: the counting query and the function call on it.

Both are those that produced the number: the counts of ``int_value_counts`` and the calls of
``warehouse.statistics.calls``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from warehouse.explain.study import ExplainedStudy, TableLine
from warehouse.explain.summaries import Scope
from warehouse.statistics.calls import LEVELS, YES_NO, Call, Named, between, of_counts
from warehouse.statistics.calls import of_group as call_of_group
from warehouse.statistics.calls import of_groups as call_of_groups
from warehouse.statistics.cells import display
from warehouse.statistics.cohort import ALL
from warehouse.statistics.counts import by_group, of_level, together
from warehouse.statistics.rounding import negative_absolute, p_text, round_half_up

TOGETHER = f"{together.__module__}.{together.__name__}(counts.values())"
DISPLAY, P_DISPLAY = "display", "p_display"
NO_LEVEL = "-"


@dataclass(frozen=True)
class Calculation:
    """Statistic of a variable in one group or in all patients (``group``), or between ``codes``.

    ``subgroup`` is one of the study's, ``level`` one of a line of levels. ``transformation`` is
    applied by the paper before it prints the value.
    """

    study: ExplainedStudy
    statistic: str
    variable: str
    group: str = ""
    codes: tuple[str, ...] = ()
    level: str = NO_LEVEL
    transformation: str = "none"
    subgroup: str = ALL

    def call(self, rows: Iterable[tuple[Any, ...]]) -> Call:
        """Return the function call that computes the number from the rows of the counting query."""
        counts = by_group(rows)
        named = {
            group: Named(counts.get(group, {}), f'counts["{group}"]') for group in self.study.codes
        }
        named[ALL] = Named(together(counts.values()), TOGETHER)
        return _transformed(self._call(named), self.transformation)

    def _call(self, named: dict[str, Named]) -> Call:
        line = self.study.lines[self.variable]
        summary = line.summary
        if self.level != NO_LEVEL:
            summary = YES_NO
            named = {group: _of_level(each, self.level) for group, each in named.items()}
        quartile_type = self.study.quartile_type
        if self.statistic == DISPLAY:
            more = (summary, line.decimals)
            return of_counts(display, named[self.group], *more, *([1, quartile_type] * self._other))
        if self.group:
            return call_of_group(self.statistic, named[self.group], quartile_type)
        statistic = self.statistic.replace(P_DISPLAY, "p_value")
        call = call_of_groups(statistic, [named[code] for code in self.codes], summary)
        if call is None:
            raise ValueError(f"{self.variable} has no {self.statistic}")
        return call.then(p_text) if self.statistic.endswith(P_DISPLAY) else call

    @property
    def _other(self) -> bool:
        """Whether the quartiles of the study are not those of the default."""
        return self.study.quartile_type != 6  # noqa: PLR2004 - the type of `display`


def counting_query(variable: str, summary: str, scope: Scope) -> str:
    """Return SQL that counts the patients of each group by value, as ``int_value_counts`` does."""
    kind = "varchar" if summary == LEVELS else "double"
    return (
        f"select\n    study_group,\n    cast({variable} as {kind}) as observed,\n"
        f"    count(*) as n\nfrom {scope.relation}{scope.where()}\n"
        f"group by study_group, {variable}\norder by study_group, {variable}"
    )


def is_between_groups(statistic: str, line: TableLine | None, groups: int) -> bool:
    """Return whether a line of the tables has this statistic between so many groups."""
    if line is None:
        return False
    return statistic.replace(P_DISPLAY, "p_value") in between(line.summary, groups)


def _of_level(named: Named, level: str) -> Named:
    return Named(of_level(named.counts, level), f"of_level({named.name}, {level!r})")


def _transformed(call: Call, transformation: str) -> Call:
    match transformation:
        case "negative_absolute":
            return call.then(negative_absolute)
        case "three_decimals_first":
            return call.then(round_half_up, 3)
    return call

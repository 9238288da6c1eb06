"""Counts of a study's variables by group, and the statistics of its lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from duckdb import DuckDBPyRelation

from warehouse.statistics.calls import LEVELS, Call, Named, of_group, of_groups
from warehouse.statistics.counts import Counts, as_texts, by_group, levels_of, of_level, together
from warehouse.statistics.small_samples import EXACT

Row = dict[str, Any]
ALL = "all"


class Group(NamedTuple):
    """Group of a study: code in the cohort, label, and prefix of its columns in wide tables."""

    code: str
    label: str
    prefix: str


@dataclass(frozen=True)
class Conventions:
    """Conventions of a study's tables.

    ``quartile_type`` is 2, 6 or 7 of Hyndman and Fan. ``small_samples`` selects the p-value that is
    printed where an approximation does not hold. ``pct_decimals`` are the decimals of percentages.
    """

    quartile_type: Literal[2, 6, 7] = 6
    small_samples: Literal["exact", "approximate"] = EXACT
    pct_decimals: int = 1


class Cohort:
    """Counts of the values of each variable in each group of a study."""

    def __init__(
        self,
        values: Iterable[tuple[str, str | None, float | str | None, int]],
        groups: Iterable[Group] = (),
        conventions: Conventions | None = None,
    ) -> None:
        """Count rows of variable, study_group, observed, n.

        ``groups`` are in the order of the study; without groups, study_group is not looked at. Of
        two groups, the first is compared with the second. ``observed`` is a number (yes is 1, no is
        0), a text or None. Raises ValueError for rows of an unknown group, for two groups of the
        same name, and for a variable that has both numbers and texts.
        """
        self.groups = tuple(groups)
        self.conventions = conventions or Conventions()
        self.codes = tuple(group.code for group in self.groups)
        for names in (self.codes, [group.prefix for group in self.groups]):
            if len({ALL, *names}) <= len(names):
                raise ValueError(f"groups have the same code or prefix, or one is '{ALL}': {names}")
        rows: dict[str, list[tuple[str, float | str | None, int]]] = {}
        for variable, group, observed, patients in values:
            if self.groups and group not in self.codes:
                raise ValueError(f"{variable} has patients of the group {group}, not of the study")
            rows.setdefault(variable, []).append((group or ALL, observed, patients))
        self._counts = {variable: by_group(each) for variable, each in rows.items()}
        self._overall = {name: together(each.values()) for name, each in self._counts.items()}
        for variable, counts in self._overall.items():
            if len({isinstance(value, str) for value in counts if value is not None}) > 1:
                raise ValueError(f"{variable} has both numbers and texts")
        self._results: dict[tuple[Any, ...], Any] = {}

    @classmethod
    def read(
        cls,
        values: DuckDBPyRelation,
        groups: DuckDBPyRelation,
        conventions: Conventions | None = None,
    ) -> Cohort:
        """Return the cohort of the models ``int_value_counts`` and ``study_groups``."""
        counted = values.project("variable, study_group, observed, n").fetchall()
        named = groups.order("place").project("study_group, label, prefix").fetchall()
        return cls(counted, [Group(*each) for each in named], conventions)

    def counts(self, line: Row, code: str) -> Counts:
        """Return the counts of a line's variable in a group, or in all patients (``all``)."""
        variable = line["variable"]
        by_code = {**self._counts.get(variable, {}), ALL: self._overall.get(variable, {})}
        counts = by_code.get(code, {})
        return as_texts(counts) if line["summary"] == LEVELS else counts

    def levels(self, line: Row) -> tuple[str, ...]:
        """Return the levels of a line: those that it lists, then others that occur."""
        observed = levels_of(self._overall.get(line["variable"], {}))
        return tuple(dict.fromkeys([*map(str, line.get("levels") or ()), *observed]))

    def described(self, name: str, line: Row, code: str, level: str | None = None) -> Any:
        """Return a statistic of a group, of a level of the line if one is given."""
        counts = self.counts(line, code)
        named = Named(counts if level is None else of_level(counts, level), f"{code} {level or ''}")
        return self._once(line, of_group(name, named, self.conventions.quartile_type))

    def compared(self, name: str, line: Row, codes: Sequence[str]) -> Any:
        """Return a statistic between groups; None if the line does not have it."""
        groups = [Named(self.counts(line, code), code) for code in codes]
        call = of_groups(name, groups, line["summary"])
        return self._once(line, call) if call else None

    def _once(self, line: Row, call: Call) -> Any:
        """Return the part of a call's result, which is computed once for all parts."""
        key = (line["variable"], line["summary"], call.function, call.names)
        if key not in self._results:
            self._results[key] = call.function(*call.arguments)
        return call.select(self._results[key])

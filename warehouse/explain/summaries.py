"""Queries that give a count, share or median of some patients, and the patients behind it.

Each is the shortest SQL on a release that yields the number. The numbers of Tables 1 and 2 are not
among them: ``calculation`` runs the functions that made those.
"""

from __future__ import annotations

from dataclasses import dataclass

_EXPRESSIONS = {
    "group_size": "count(*)",
    "denominator": "count({v})",
    "missing": "count(*) - count({v})",
    "n": "count(*) filter (where {v})",
    "pct": "100.0 * count(*) filter (where {v}) / nullif(count({v}), 0)",
    "median": "median({v})",
}
_COUNTED = {"group_size": "true", "missing": "{v} is null", "n": "{v}", "pct": "{v}"}


@dataclass(frozen=True)
class Scope:
    """A table with one row per patient, and which of its rows are meant (SQL, may be empty)."""

    relation: str
    condition: str = ""

    def where(self, *more: str) -> str:
        """The where clause with further conditions, on a line of its own, or nothing."""
        conditions = [each for each in (self.condition, *more) if each]
        return f"\nwhere {' and '.join(conditions)}" if conditions else ""


def summary_query(statistic: str, variable: str, scope: Scope) -> str:
    """SQL that gives one statistic of a column for some patients, as one number."""
    number = _EXPRESSIONS[statistic].format(v=variable)
    return f"select {number}\nfrom {scope.relation}{scope.where()}"


def patients_query(statistic: str, variable: str, scope: Scope) -> str:
    """SQL that lists patients: admission_key, study_group, value, is_counted."""
    group = "study_group" if scope.relation == "study.cohort" else "null"
    counted = _COUNTED.get(statistic, "{v} is not null").format(v=variable)
    if statistic in {"n", "pct"}:
        counted = f"coalesce({counted}, false)"
    return listed(group, variable, counted, scope)


def listed(group: str, value: str, counted: str, scope: Scope) -> str:
    """SQL that lists patients by pseudonym with a group, a value and whether each is counted."""
    return (
        f"select\n    admission_key,\n    {group} as study_group,\n    {value} as value,\n"
        f"    {counted} as is_counted\nfrom {scope.relation}{scope.where()}\norder by admission_key"
    )


def text(value: object) -> str:
    """A value as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"

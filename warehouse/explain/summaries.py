"""Queries for a count, proportion or median of some patients, and for the patients themselves.

Each is the shortest SQL on a release that returns the number. The numbers of Tables 1 and 2 are
computed by ``calculation`` instead.
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
    """Table with one row per patient, and an SQL condition on its rows (may be empty)."""

    relation: str
    condition: str = ""

    def where(self, *more: str) -> str:
        """Return the where clause with further conditions on its own line, or an empty text."""
        conditions = [each for each in (self.condition, *more) if each]
        return f"\nwhere {' and '.join(conditions)}" if conditions else ""


def summary_query(statistic: str, variable: str, scope: Scope) -> str:
    """Return SQL for one statistic of a column for some patients."""
    number = _EXPRESSIONS[statistic].format(v=variable)
    return f"select {number}\nfrom {scope.relation}{scope.where()}"


def suppressible_query(variable: str, among: str, unless: str, scope: Scope) -> str:
    """Return SQL for a percentage among some patients, null where a condition on all holds."""
    percentage = (
        f"100.0 * count(*) filter (where {among} and {variable})\n"
        f"        / nullif(count({variable}) filter (where {among}), 0)"
    )
    return (
        f"select case\n    when not coalesce(\n        {unless},\n        false\n    )\n"
        f"    then {percentage}\nend\nfrom {scope.relation}{scope.where()}"
    )


def patients_query(statistic: str, variable: str, scope: Scope, is_yes: str = "") -> str:
    """Return SQL that lists patients: admission_key, study_group, value, is_counted.

    ``is_yes`` is what n and pct count; without it, the variable itself.
    """
    group = "study_group" if scope.relation.endswith(".cohort") else "null"
    value = is_yes or variable if statistic in {"n", "pct"} else variable
    counted = _COUNTED.get(statistic, "{v} is not null").format(v=value)
    if statistic in {"n", "pct"}:
        counted = f"coalesce({counted}, false)"
    return listed(group, variable, counted, scope)


def listed(group: str, value: str, counted: str, scope: Scope) -> str:
    """Return SQL that lists patients by pseudonym: group, value, whether counted."""
    return (
        f"select\n    admission_key,\n    {group} as study_group,\n    {value} as value,\n"
        f"    {counted} as is_counted\nfrom {scope.relation}{scope.where()}\norder by admission_key"
    )


def text(value: object) -> str:
    """Return a value as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"

"""Queries that give a number of one group of patients, and the patients behind it.

Each is the shortest SQL on a release that yields the number. The models of the project compute the
same from one aggregate of all variables (docs/statistics.md); a test compares the two for every
cell of every table.
"""

from __future__ import annotations

from dataclasses import dataclass

MODEL_OF = {
    "group_size": "int_study_moments",
    "denominator": "int_study_moments",
    "missing": "int_study_moments",
    "n": "int_study_moments",
    "pct": "int_study_descriptions",
    "mean": "int_study_moments",
    "sd": "int_study_moments",
    "median": "int_study_quartiles",
    "q1": "int_study_quartiles",
    "q3": "int_study_quartiles",
}
"""Model that computes a statistic of the study's tables."""

_EXPRESSIONS = {
    "group_size": "count(*)",
    "denominator": "count({v})",
    "missing": "count(*) - count({v})",
    "n": "count(*) filter (where {v})",
    "pct": "100.0 * count(*) filter (where {v}) / nullif(count({v}), 0)",
    "mean": "avg({v})",
    "sd": "stddev_samp({v})",
    "median": "median({v})",
}
_QUARTERS = {"q1": 0.25, "q3": 0.75}
# Rank (n + 1)p, as SPSS computes quartiles (Hyndman and Fan 1996, type 6).
_QUARTILE = """\
with ranked as (
    select list({v} order by {v}) as observed, (count({v}) + 1) * {quarter} as rank
    from {relation}
    where {conditions}
)
select
    observed[cast(greatest(floor(rank), 1) as integer)]
    + (rank - floor(rank)) * (
        observed[cast(least(floor(rank) + 1, len(observed)) as integer)]
        - observed[cast(greatest(floor(rank), 1) as integer)]
    )
from ranked"""
_COUNTED = {"group_size": "true", "missing": "{v} is null", "n": "{v}", "pct": "{v}"}
_DISPLAYED = {
    "n_pct": ("n", "pct"),
    "mean_sd": ("mean", "sd"),
    "median_iqr": ("median", "q1", "q3"),
}


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
    if statistic in _QUARTERS:
        conditions = scope.where(f"{variable} is not null").removeprefix("\nwhere ")
        return _QUARTILE.format(
            v=variable,
            quarter=_QUARTERS[statistic],
            relation=scope.relation,
            conditions=conditions,
        )
    return f"select {_expression(statistic, variable)}\nfrom {scope.relation}{scope.where()}"


def display_query(summary: str, variable: str, scope: Scope) -> str:
    """SQL that gives the numbers of a printed cell: n and pct, mean and sd, or median, q1, q3."""
    numbers = [
        _expression(each, variable)
        if each in _EXPRESSIONS
        else "(\n" + summary_query(each, variable, scope) + "\n)"
        for each in _DISPLAYED[summary]
    ]
    named = ",\n    ".join(
        f"{number} as {name}" for number, name in zip(numbers, _DISPLAYED[summary], strict=True)
    )
    return f"select\n    {named}\nfrom {scope.relation}{scope.where()}"


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


def _expression(statistic: str, variable: str) -> str:
    return _EXPRESSIONS[statistic].format(v=variable)

"""Provenance of a cell: its query, its patients and their source columns.

There is one function for each kind of published table. It returns a Provenance, or None for a cell
that describes no patients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from warehouse.dbt.project import mart, prefixes, table_lines
from warehouse.explain.calculation import (
    DISPLAY,
    Calculation,
    counting_query,
    is_between_groups,
)
from warehouse.explain.summaries import (
    Scope,
    listed,
    patients_query,
    summary_query,
    suppressible_query,
    text,
)
from warehouse.statistics.calls import OF_GROUP, YES_NO
from warehouse.statistics.cells import OF_NUMBERS, OF_YES_NO
from warehouse.statistics.small_samples import EXACT_TEST
from warehouse.statistics.tables import SMD, WIDE_SMD

Row = dict[str, Any]
COHORT = "study.cohort"
FLOW = "study.eligibility"
IS_EXCLUDED = "status = 'excluded'"
INCLUDED = "(select step from study.patient_flow where step_name = 'included')"


@dataclass(frozen=True)
class Provenance:
    """Query of a number, query of its patients, and the column that it describes.

    ``subject`` is the described column as (table, column); None for the patient flow, whose
    ``steps`` are then given. ``models`` are names, the one that computes the number first. With a
    ``calculation``, the query counts, and the calculation computes the number from its rows.
    """

    query: str
    patients_query: str
    subject: tuple[str, str] | None
    models: tuple[str, ...]
    steps: tuple[str, ...] = ()
    calculation: Calculation | None = None

    @property
    def relation(self) -> str:
        """Table that lists the patients."""
        return self.subject[0] if self.subject else FLOW


def summary_provenance(
    statistic: str, variable: str, scope: Scope, models: tuple[str, ...], table: str = COHORT
) -> Provenance:
    """Return that of a count, proportion or median that the models compute in SQL."""
    return Provenance(
        summary_query(statistic, variable, scope),
        patients_query(statistic, variable, scope),
        (table, variable),
        models,
    )


def calculated(calculation: Calculation, model: str) -> Provenance:
    """Return that of a number that ``warehouse.statistics`` computes for a model."""
    variable, group = calculation.variable, calculation.group
    scope = Scope(COHORT, f"study_group = {text(prefixes()[group])}" if group in prefixes() else "")
    statistic = calculation.statistic
    if statistic == DISPLAY:
        statistic = "n" if table_lines()[variable].summary == YES_NO else "denominator"
    return Provenance(
        counting_query(variable, scope),
        patients_query(statistic, variable, scope),
        (COHORT, variable),
        (model, "int_value_counts"),
        calculation=calculation,
    )


def of_study_table(row: Row, column: str) -> Provenance | None:
    """Return the provenance of a cell of Table 1 or 2."""
    calculation = _of_line(row, column)
    return calculated(calculation, "int_study_tables") if calculation else None


def _of_line(row: Row, column: str) -> Calculation | None:
    variable, line = row["variable"], table_lines()[row["variable"]]
    for prefix in sorted(prefixes()):
        if column.startswith(f"{prefix}_"):
            statistic = column.removeprefix(f"{prefix}_")
            absent = OF_NUMBERS if line.summary == YES_NO else OF_YES_NO
            is_known = statistic in {*OF_GROUP, DISPLAY} and statistic not in absent
            return Calculation(statistic, variable, prefix) if is_known else None
    if row[column] is None and column == "exact_p_value":
        return None
    statistic = {
        "test_statistic": f"{row['test']}.statistic",
        "degrees_of_freedom": f"{row['test']}.degrees_of_freedom",
        "p_value": f"{row['test']}.p_value",
        "p_display": f"{row['test']}.p_display",
        "exact_p_value": f"{EXACT_TEST.get(row['test'], row['test'])}.p_value",
        "fisher_p_value": "fisher_two_sided.p_value",
        WIDE_SMD: SMD,
    }.get(column, column)
    return Calculation(statistic, variable) if is_between_groups(statistic, line) else None


def of_mrs_distribution(row: Row, column: str) -> Provenance | None:
    """Return the provenance of a bar of the mRS distribution."""
    scope = Scope(COHORT, f"study_group = {text(row['study_group'])}")
    is_grade = f"mrs_90d = {row['mrs']}"
    numbers = {
        "n": f"count(*) filter (where {is_grade})",
        "pct": f"100.0 * count(*) filter (where {is_grade}) / count(mrs_90d)",
    }
    if column not in numbers:
        return None
    return Provenance(
        f"select {numbers[column]}\nfrom {COHORT}{scope.where()}",
        listed("study_group", "mrs_90d", f"coalesce({is_grade}, false)", scope),
        (COHORT, "mrs_90d"),
        ("mrs_distribution",),
    )


def of_patient_flow(row: Row, column: str) -> Provenance | None:
    """Return the provenance of the patients who are excluded at or remain after a step."""
    step, step_name = row["step"], row["step_name"]
    if column == "n_excluded":
        return excluded(f"step_name = {text(step_name)}", (step_name,))
    return remaining(step) if column == "n_remaining" else None


def excluded(condition: str, steps: tuple[str, ...] = ()) -> Provenance:
    """Return the provenance of patients excluded at some steps, of those who reached them."""
    scope = Scope(FLOW, condition)
    patients = (
        "select\n    admission_key,\n    null as study_group,\n"
        "    coalesce(max(reason), 'passed') as value,\n"
        "    bool_or(status = 'excluded') as is_counted\n"
        f"from {FLOW}{scope.where()}\ngroup by admission_key\norder by admission_key"
    )
    return Provenance(
        f"select count(*)\nfrom {FLOW}{scope.where(IS_EXCLUDED)}",
        patients,
        None,
        ("int_patient_flow", "int_exclusions", "eligibility"),
        steps,
    )


def remaining(step: str | int) -> Provenance:
    """Return the provenance of patients who remain after a step, of all screened."""
    is_out = f"{IS_EXCLUDED} and step <= {step}"
    patients = (
        "select\n    admission_key,\n    null as study_group,\n"
        f"    coalesce(max(reason) filter (where {is_out}), 'remains') as value,\n"
        f"    not coalesce(bool_or({is_out}), false) as is_counted\n"
        f"from {FLOW}\ngroup by admission_key\norder by admission_key"
    )
    return Provenance(
        f"select count(distinct admission_key) - count(*) filter (where {is_out})\nfrom {FLOW}",
        patients,
        None,
        ("int_patient_flow", "int_exclusions", "eligibility"),
    )


def of_monthly_indicators(row: Row, column: str) -> Provenance | None:
    """Return the provenance of an indicator of a site's month."""
    meta = mart("registry", "monthly_indicators").column_meta.get(column, {})
    if not meta:
        return None
    month = f"site = {text(row['site'])} and treated_month = date {text(row['treated_month'])}"
    relation = "registry.treated_patients"
    statistic, variable, among = meta["statistic"], meta["of"], meta.get("among")
    found = summary_provenance(
        statistic,
        variable,
        Scope(relation, f"{month} and {among}" if among else month),
        ("monthly_indicators", "treated_patients"),
        relation,
    )
    if "unless" not in meta:
        return found
    query = suppressible_query(variable, meta["among"], meta["unless"], Scope(relation, month))
    return replace(found, query=query)

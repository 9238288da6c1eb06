"""What a cell stands on: which query gives it, which patients, made from what.

One function for each kind of published table; each returns a Basis, or None for a cell that
describes no patients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from warehouse.explain.comparisons import comparison_model, comparison_query, is_comparison
from warehouse.explain.project import mart, prefixes
from warehouse.explain.summaries import (
    MODEL_OF,
    Scope,
    display_query,
    listed,
    patients_query,
    summary_query,
    text,
)

Row = dict[str, Any]
COHORT = "study.cohort"
FLOW = "study.eligibility"
IS_EXCLUDED = "status = 'excluded'"
INCLUDED = "(select step from study.patient_flow where step_name = 'included')"


@dataclass(frozen=True)
class Basis:
    """Query of the number, query of its patients, and what their values are made from.

    ``subject`` is the described column as (table, column), or the steps of the patient flow.
    ``models`` are names, the one that computes the number first.
    """

    query: str
    patients_query: str
    subject: tuple[str, str] | None
    models: tuple[str, ...]
    steps: tuple[str, ...] = ()

    @property
    def relation(self) -> str:
        """The table that lists the patients."""
        return self.subject[0] if self.subject else FLOW


def summary_basis(statistic: str, variable: str, scope: Scope, table: str = COHORT) -> Basis:
    """A statistic of a column for some patients."""
    return Basis(
        summary_query(statistic, variable, scope),
        patients_query(statistic, variable, scope),
        (table, variable),
        (MODEL_OF[statistic],),
    )


def comparison_basis(statistic: str, variable: str) -> Basis:
    """A test statistic, p-value or effect size: both groups are behind it."""
    return Basis(
        comparison_query(statistic, variable),
        patients_query("denominator", variable, Scope(COHORT)),
        (COHORT, variable),
        (comparison_model(statistic),),
    )


def of_study_table(row: Row, column: str) -> Basis | None:
    """A cell of Table 1 or 2."""
    variable, summary = row["variable"], row["summary"]
    for prefix, group in sorted(prefixes().items()):
        if column.startswith(f"{prefix}_"):
            scope = Scope(COHORT, f"study_group = {text(group)}")
            statistic = column.removeprefix(f"{prefix}_")
            return _of_group(statistic, variable, summary, scope)
    statistic = {
        "test_statistic": f"{row['test']}.statistic",
        "degrees_of_freedom": f"{row['test']}.degrees_of_freedom",
        "p_value": f"{row['test']}.p_value",
        "p_display": f"{row['test']}.p_value",
        "fisher_p_value": "fisher_two_sided.p_value",
        "standardised_mean_difference": "smd.n_pct" if summary == "n_pct" else "smd",
    }.get(column, column)
    only_yes_no = column == "fisher_p_value" or column.startswith(("risk_", "odds_"))
    if not is_comparison(statistic) or (only_yes_no and summary != "n_pct"):
        return None
    return comparison_basis(statistic, variable)


def _of_group(statistic: str, variable: str, summary: str, scope: Scope) -> Basis | None:
    is_yes_no = summary == "n_pct"
    if statistic == "display":
        counted = "n" if is_yes_no else "denominator"
        basis = summary_basis(counted, variable, scope)
        query = display_query(summary, variable, scope)
        return replace(basis, query=query, models=("int_study_tables", *basis.models))
    if (statistic in {"n", "pct"}) != is_yes_no and statistic not in {"denominator", "missing"}:
        return None
    return summary_basis(statistic, variable, scope)


def of_mrs_distribution(row: Row, column: str) -> Basis | None:
    """A bar of the mRS distribution."""
    scope = Scope(COHORT, f"study_group = {text(row['study_group'])}")
    is_grade = f"mrs_90d = {row['mrs']}"
    numbers = {
        "n": f"count(*) filter (where {is_grade})",
        "pct": f"100.0 * count(*) filter (where {is_grade}) / count(mrs_90d)",
    }
    if column not in numbers:
        return None
    return Basis(
        f"select {numbers[column]}\nfrom {COHORT}{scope.where()}",
        listed("study_group", "mrs_90d", f"coalesce({is_grade}, false)", scope),
        (COHORT, "mrs_90d"),
        ("mrs_distribution",),
    )


def of_patient_flow(row: Row, column: str) -> Basis | None:
    """Who is excluded at a step, of those judged there; who remains, of the screened."""
    step, step_name = row["step"], row["step_name"]
    if column == "n_excluded":
        return excluded(f"step_name = {text(step_name)}", (step_name,))
    return remaining(step) if column == "n_remaining" else None


def excluded(condition: str, steps: tuple[str, ...] = ()) -> Basis:
    """Patients that some steps exclude, of those who were judged there."""
    scope = Scope(FLOW, condition)
    patients = (
        "select\n    admission_key,\n    null as study_group,\n"
        "    coalesce(max(reason), 'passed') as value,\n"
        "    bool_or(status = 'excluded') as is_counted\n"
        f"from {FLOW}{scope.where()}\ngroup by admission_key\norder by admission_key"
    )
    return Basis(
        f"select count(*)\nfrom {FLOW}{scope.where(IS_EXCLUDED)}",
        patients,
        None,
        ("int_patient_flow", "int_exclusions", "eligibility"),
        steps,
    )


def remaining(step: str | int) -> Basis:
    """Patients that remain after a step, of all who were screened."""
    left = f"{IS_EXCLUDED} and step <= {step}"
    patients = (
        "select\n    admission_key,\n    null as study_group,\n"
        f"    coalesce(max(reason) filter (where {left}), 'remains') as value,\n"
        f"    not coalesce(bool_or({left}), false) as is_counted\n"
        f"from {FLOW}\ngroup by admission_key\norder by admission_key"
    )
    return Basis(
        f"select count(distinct admission_key) - count(*) filter (where {left})\nfrom {FLOW}",
        patients,
        None,
        ("int_patient_flow", "int_exclusions", "eligibility"),
    )


def of_monthly_indicators(row: Row, column: str) -> Basis | None:
    """An indicator of a site's month."""
    meta = mart("registry", "monthly_indicators").column_meta.get(column, {})
    if not meta:
        return None
    month = f"site = {text(row['site'])} and treated_month = date {text(row['treated_month'])}"
    among = f" and {meta['among']}" if "among" in meta else ""
    relation = "registry.treated_patients"
    basis = summary_basis(meta["statistic"], meta["of"], Scope(relation, month + among), relation)
    return replace(basis, models=("monthly_indicators", "treated_patients"))

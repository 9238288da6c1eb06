"""Provenance of the numbers in the comparison with the paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from warehouse.dbt.project import prefixes, table_lines
from warehouse.explain.calculation import Calculation, is_between_groups
from warehouse.explain.provenance import (
    COHORT,
    FLOW,
    INCLUDED,
    Provenance,
    calculated,
    excluded,
    remaining,
    summary_provenance,
)
from warehouse.explain.summaries import Scope, listed, text

Row = dict[str, Any]
# Timing classes of study.sich_events by the course that the paper reports.
COURSES = {
    "sich.perforation": "timing_class = 'perforation'",
    "sich.early": "timing_class like 'within%'",
    "sich.late": "timing_class = 'later'",
}
PHASES = {
    "flow.before_inclusion": f"step <= {INCLUDED}",
    "flow.after_inclusion": f"step > {INCLUDED}",
}


def of_published(row: Row) -> Provenance | None:
    """Return the provenance of a derived number; None for the study's own definition."""
    subject, group = row["derived_subject"], row["derived_group"]
    if subject is None or subject == "study_definition":
        return None
    statistic = row["derived_statistic"]
    provenance = _provenance(subject, group, statistic)
    if provenance.calculation is None:
        return provenance
    transformed = replace(provenance.calculation, transformation=row["derived_transformation"])
    return replace(provenance, calculation=transformed)


def _provenance(subject: str, group: str, statistic: str) -> Provenance:
    kind, _, detail = subject.partition(".")
    part_of_text = {
        "study_group": lambda: _group_size(group, statistic),
        "flow": lambda: _flow(subject, detail, statistic),
        "circulation": lambda: _circulation(detail, group, statistic),
        "sich": lambda: _hemorrhage_course(subject, group, statistic),
        "stent_thrombosis": lambda: _stent_thrombosis(group),
    }.get(kind)
    if part_of_text:
        return part_of_text()
    if is_between_groups(statistic, table_lines().get(subject)):
        return calculated(Calculation(statistic, subject), "int_table_quantities")
    return calculated(Calculation(statistic, subject, group), "int_table_quantities")


def _stent_thrombosis(group: str) -> Provenance:
    return summary_provenance("n", "has_stent_thrombosis", _of(group), ("int_text_quantities",))


def _of(group: str) -> Scope:
    return Scope(COHORT, _is_group(group) if group in prefixes() else "")


def _is_group(group: str) -> str:
    return f"study_group = {text(prefixes()[group])}"


def _group_size(group: str, statistic: str) -> Provenance:
    counted = _is_group(group) if group in prefixes() else "true"
    size = f"count(*) filter (where {counted})"
    number = {
        "n": size,
        "pct_of_analyzed": f"100.0 * {size} / count(*)",
        "pct_of_included": (
            f"100.0 * {size} / "
            "(select n_remaining from study.patient_flow where step_name = 'included')"
        ),
    }[statistic]
    patients = listed("study_group", "study_group", counted, Scope(COHORT))
    if statistic == "pct_of_included":
        patients = (
            "select\n    eligibility.admission_key,\n    cohort.study_group,\n"
            "    coalesce(cohort.study_group, max(eligibility.reason)) as value,\n"
            f"    coalesce(cohort.{counted}, false) as is_counted\n"
            f"from {FLOW}\nleft join {COHORT} on eligibility.admission_key = cohort.admission_key\n"
            "group by eligibility.admission_key, cohort.study_group\n"
            "having not coalesce(bool_or(eligibility.status = 'excluded' "
            f"and eligibility.step <= {INCLUDED}), false)\n"
            "order by eligibility.admission_key"
        )
    return Provenance(
        f"select {number}\nfrom {COHORT}",
        patients,
        (COHORT, "study_group"),
        ("int_text_quantities", "int_screened_patients"),
    )


def _flow(subject: str, step_name: str, statistic: str) -> Provenance:
    if subject in PHASES:
        provenance = excluded(PHASES[subject])
        if statistic == "pct_of_included":
            share = (
                f"select 100.0 * (\n{provenance.query}\n) / "
                "(select n_remaining from study.patient_flow where step_name = 'included')"
            )
            return replace(provenance, query=share)
        return provenance
    if statistic == "n_excluded":
        return excluded(f"step_name = {text(step_name)}", (step_name,))
    return remaining(f"(select step from study.patient_flow where step_name = {text(step_name)})")


def _circulation(circulation: str, group: str, statistic: str) -> Provenance:
    counted = f"circulation = {text(circulation)}"
    number = {
        "n": f"count(*) filter (where {counted})",
        "pct": f"100.0 * count(*) filter (where {counted}) / nullif(count(circulation), 0)",
    }[statistic]
    scope = _of(group)
    return Provenance(
        f"select {number}\nfrom {COHORT}{scope.where()}",
        listed("study_group", "circulation", f"coalesce({counted}, false)", scope),
        (COHORT, "circulation"),
        ("int_text_quantities",),
    )


def _hemorrhage_course(course: str, group: str, statistic: str) -> Provenance:
    scope = Scope("study.sich_events", f"{_is_group(group)} and {COURSES[course]}")
    subject, value = {
        "n": ("timing_class", "timing_class"),
        # day of the imaging after the procedure: 36 to 60 hours are day 2
        "scan_day": ("hours_after_procedure", "round(hours_after_procedure / 24)"),
        "days_to_death": ("days_to_death", "days_to_death"),
    }[statistic]
    number = "count(*)" if statistic == "n" else f"any_value({value})"
    return Provenance(
        f"select {number}\nfrom {scope.relation}{scope.where()}",
        listed("study_group", value, "true", scope),
        (scope.relation, subject),
        ("int_text_quantities", "sich_events"),
    )

"""Provenance of the numbers in the comparison with the paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from warehouse.explain.calculation import Calculation, is_between_groups
from warehouse.explain.provenance import (
    Provenance,
    calculated,
    excluded,
    remaining,
    summary_provenance,
)
from warehouse.explain.study import ExplainedStudy
from warehouse.explain.summaries import Scope, listed, text

Row = dict[str, Any]
# Columns of the comparison that are computed from patients; the others only describe them.
DERIVED = ("derived", "derived_value")
# Timing classes of sich_events by the course that the paper reports.
COURSES = {
    "sich.perforation": "timing_class = 'perforation'",
    "sich.early": "timing_class like 'within%'",
    "sich.late": "timing_class = 'later'",
}


def of_published(row: Row, column: str, study: ExplainedStudy) -> Provenance | None:
    """Return the provenance of a derived number; None for the study's own definition."""
    subject, group = row["derived_subject"], row["derived_group"]
    if column not in DERIVED or subject is None or subject == "study_definition":
        return None
    statistic = row["derived_statistic"]
    provenance = _provenance(subject, group, statistic, study)
    if provenance.calculation is None:
        return provenance
    transformed = replace(provenance.calculation, transformation=row["derived_transformation"])
    return replace(provenance, calculation=transformed)


def _provenance(subject: str, group: str, statistic: str, study: ExplainedStudy) -> Provenance:
    kind, _, detail = subject.partition(".")
    part_of_text = {
        "study_group": lambda: _group_size(group, statistic, study),
        "flow": lambda: _flow(subject, detail, statistic, study),
        "circulation": lambda: _circulation(detail, group, statistic, study),
        "sich": lambda: _hemorrhage_course(subject, group, statistic, study),
        "stent_thrombosis": lambda: _stent_thrombosis(group, study),
    }.get(kind)
    if part_of_text:
        return part_of_text()
    if is_between_groups(statistic, study.lines.get(subject), len(study.codes)):
        between = Calculation(study, statistic, subject, codes=study.codes)
        return calculated(between, "int_study_comparisons")
    code = study.prefixes.get(group, group)
    return calculated(Calculation(study, statistic, subject, code), "int_study_cells")


def _included(study: ExplainedStudy, column: str) -> str:
    return f"(select {column} from {study.flow} where step_name = 'included')"


def _stent_thrombosis(group: str, study: ExplainedStudy) -> Provenance:
    scope = _of(group, study)
    models = ("int_text_quantities",)
    return summary_provenance("n", "has_stent_thrombosis", scope, models, study.cohort)


def _of(group: str, study: ExplainedStudy) -> Scope:
    return Scope(study.cohort, _is_group(group, study) if group in study.prefixes else "")


def _is_group(group: str, study: ExplainedStudy) -> str:
    return f"study_group = {text(study.prefixes[group])}"


def _group_size(group: str, statistic: str, study: ExplainedStudy) -> Provenance:
    counted = _is_group(group, study) if group in study.prefixes else "true"
    size = f"count(*) filter (where {counted})"
    number = {
        "n": size,
        "pct_of_analyzed": f"100.0 * {size} / count(*)",
        "pct_of_included": f"100.0 * {size} / {_included(study, 'n_remaining')}",
    }[statistic]
    patients = listed("study_group", "study_group", counted, Scope(study.cohort))
    if statistic == "pct_of_included":
        patients = (
            "select\n    eligibility.admission_key,\n    cohort.study_group,\n"
            "    coalesce(cohort.study_group, max(eligibility.reason)) as value,\n"
            f"    coalesce(cohort.{counted}, false) as is_counted\n"
            f"from {study.eligibility} as eligibility\n"
            f"left join {study.cohort} as cohort "
            "on eligibility.admission_key = cohort.admission_key\n"
            "group by eligibility.admission_key, cohort.study_group\n"
            "having not coalesce(bool_or(eligibility.status = 'excluded' "
            f"and eligibility.step_order <= {_included(study, 'step_order')}), false)\n"
            "order by eligibility.admission_key"
        )
    return Provenance(
        f"select {number}\nfrom {study.cohort}",
        patients,
        (study.cohort, "study_group"),
        ("int_text_quantities", "int_study_patients"),
        study.cohort,
    )


def _flow(subject: str, step_name: str, statistic: str, study: ExplainedStudy) -> Provenance:
    sign = {"flow.before_inclusion": "<=", "flow.after_inclusion": ">"}.get(subject)
    if sign:
        provenance = excluded(study, f"step_order {sign} {_included(study, 'step_order')}")
        if statistic == "pct_of_included":
            share = f"select 100.0 * (\n{provenance.query}\n) / {_included(study, 'n_remaining')}"
            return replace(provenance, query=share)
        return provenance
    named = f"step_name = {text(step_name)}"
    if statistic == "n_excluded":
        return excluded(study, named, (step_name,))
    return remaining(study, f"(select step_order from {study.flow} where {named})")


def _circulation(circulation: str, group: str, statistic: str, study: ExplainedStudy) -> Provenance:
    counted = f"circulation = {text(circulation)}"
    number = {
        "n": f"count(*) filter (where {counted})",
        "pct": f"100.0 * count(*) filter (where {counted}) / nullif(count(circulation), 0)",
    }[statistic]
    scope = _of(group, study)
    return Provenance(
        f"select {number}\nfrom {study.cohort}{scope.where()}",
        listed("study_group", "circulation", f"coalesce({counted}, false)", scope),
        (study.cohort, "circulation"),
        ("int_text_quantities",),
        study.cohort,
    )


def _hemorrhage_course(
    course: str, group: str, statistic: str, study: ExplainedStudy
) -> Provenance:
    events = f"{study.schema}.sich_events"
    scope = Scope(events, f"{_is_group(group, study)} and {COURSES[course]}")
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
        events,
    )

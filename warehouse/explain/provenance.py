"""Provenance of a cell: its query, its patients and their source columns.

There is one function for each kind of published table. It returns a Provenance, or None for a cell
that describes no patients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from warehouse.dbt.project import mart
from warehouse.explain.calculation import (
    DISPLAY,
    NO_LEVEL,
    Calculation,
    counting_query,
    is_between_groups,
)
from warehouse.explain.study import ExplainedStudy
from warehouse.explain.summaries import (
    Scope,
    listed,
    patients_query,
    summary_query,
    suppressible_query,
    text,
)
from warehouse.statistics.calls import LEVELS, OF_GROUP, YES_NO
from warehouse.statistics.cells import OF_NUMBERS, OF_YES_NO, SUMMARY
from warehouse.statistics.cohort import ALL
from warehouse.statistics.comparisons import FISHER, contrasts_of
from warehouse.statistics.small_samples import EXACT_TEST
from warehouse.statistics.tables import ENDS, SMD, WIDE_SMD

Row = dict[str, Any]
IS_EXCLUDED = "status = 'excluded'"
OF_FLOW = ("int_study_flow", "int_study_patients", "criteria")


@dataclass(frozen=True)
class Provenance:
    """Query of a number, query of its patients, and the column that it describes.

    ``subject`` is the described column as (table, column); None for the patient flow, whose
    ``steps`` are then given. ``models`` are names, the one that computes the number first. With a
    ``calculation``, the query counts, and the calculation computes the number from its rows.
    ``relation`` is the table that lists the patients.
    """

    query: str
    patients_query: str
    subject: tuple[str, str] | None
    models: tuple[str, ...]
    relation: str
    steps: tuple[str, ...] = ()
    calculation: Calculation | None = None


def summary_provenance(
    statistic: str, variable: str, scope: Scope, models: tuple[str, ...], table: str
) -> Provenance:
    """Return that of a count, proportion or median that the models compute in SQL."""
    return Provenance(
        summary_query(statistic, variable, scope),
        patients_query(statistic, variable, scope),
        (table, variable),
        models,
        table,
    )


def calculated(calculation: Calculation, model: str) -> Provenance:
    """Return that of a number that ``warehouse.statistics`` computes for a model."""
    study, variable, group = calculation.study, calculation.variable, calculation.group
    is_one = group in study.codes
    of_subgroup = study.of_subgroup(calculation.subgroup)
    of_group = f"study_group = {text(group)}" if is_one else ""
    scope = Scope(study.cohort, " and ".join(filter(None, (of_subgroup, of_group))))
    summary, statistic = study.lines[variable].summary, calculation.statistic
    if statistic == DISPLAY:
        statistic = "n" if summary == YES_NO or calculation.level != NO_LEVEL else "denominator"
    counted = variable
    if calculation.level != NO_LEVEL:
        counted = f"cast({variable} as varchar) = {text(calculation.level)}"
    return Provenance(
        counting_query(variable, summary, scope),
        patients_query(statistic, variable, scope, counted),
        (study.cohort, variable),
        (model, "int_value_counts"),
        study.cohort,
        calculation=calculation,
    )


def of_study_table(row: Row, column: str, study: ExplainedStudy) -> Provenance | None:
    """Return the provenance of a cell of a table in wide form."""
    line, level = study.lines[row["variable"]], row.get("level") or NO_LEVEL
    subgroup = row.get("subgroup", ALL)
    for prefix, group in sorted({**study.prefixes, ALL: ALL}.items()):
        statistic = column.removeprefix(f"{prefix}_")
        if statistic != column and statistic in {*OF_GROUP, DISPLAY}:
            return _of_group(statistic, row["variable"], group, level, study, subgroup)
    name, codes = column, _first_contrast(study)
    for prefix, group in study.prefixes.items():
        for other, reference in study.prefixes.items():
            if column.startswith(between := f"{prefix}_vs_{other}_"):
                name, codes = column.removeprefix(between), (group, reference)
    if row[column] is None and name == "exact_p_value":
        return None
    test = row.get(f"{column.removesuffix(name)}test")
    statistic = {
        "test_statistic": f"{test}.statistic",
        "degrees_of_freedom": f"{test}.degrees_of_freedom",
        "p_value": f"{test}.p_value",
        "p_display": f"{test}.p_display",
        "exact_p_value": f"{EXACT_TEST.get(test, test)}.p_value",
        "fisher_p_value": f"{FISHER}.p_value",
        WIDE_SMD: SMD,
    }.get(name, name)
    if not is_between_groups(statistic, line, len(codes)):
        return None
    found = Calculation(study, statistic, row["variable"], codes=codes, subgroup=subgroup)
    return calculated(found, "int_study_comparisons")


def _first_contrast(study: ExplainedStudy) -> tuple[str, ...]:
    first = next(iter(contrasts_of(study.codes, study.reference)), None)
    return first.codes if first else ()


def of_table_cell(row: Row, column: str, study: ExplainedStudy) -> Provenance | None:
    """Return the provenance of a row of ``table_cells``."""
    is_shown = column == "display" and row["statistic"] == SUMMARY
    if not is_shown and column != "value":
        return None
    statistic = DISPLAY if is_shown else row["statistic"]
    subgroup = row.get("subgroup", ALL)
    return _of_group(statistic, row["variable"], row["study_group"], row["level"], study, subgroup)


def _of_group(  # noqa: PLR0913, PLR0917 - each is part of what names a cell
    statistic: str, variable: str, group: str, level: str, study: ExplainedStudy, subgroup: str
) -> Provenance | None:
    summary = study.lines[variable].summary
    absent = OF_NUMBERS if summary in (YES_NO, LEVELS) else OF_YES_NO
    if summary == LEVELS and level == NO_LEVEL:
        absent = (*OF_NUMBERS, *OF_YES_NO, DISPLAY)
    if statistic not in {*OF_GROUP, DISPLAY} or statistic in absent:
        return None
    found = Calculation(study, statistic, variable, group, level=level, subgroup=subgroup)
    return calculated(found, "int_study_cells")


def of_comparison(row: Row, column: str, study: ExplainedStudy) -> Provenance | None:
    """Return the provenance of a row of ``comparisons``: a test, or an effect."""
    test, effect = row["test"], row["effect"]
    codes = study.codes if row["contrast"] == ALL else tuple(row["contrast"].split(" - "))
    if column == "exact_p_value" and row[column] is not None:
        statistic = f"{EXACT_TEST.get(test, test)}.p_value"
    elif effect:
        ends = {column: f"{effect}{end}" for end, column in ENDS.items()}
        statistic = ends.get(column, "")
    else:
        statistic = f"{test}.{column}"
    if not is_between_groups(statistic, study.lines[row["variable"]], len(codes)):
        return None
    subgroup = row.get("subgroup", ALL)
    found = Calculation(study, statistic, row["variable"], codes=codes, subgroup=subgroup)
    return calculated(found, "int_study_comparisons")


def of_mrs_distribution(row: Row, column: str, study: ExplainedStudy) -> Provenance | None:
    """Return the provenance of a bar of the mRS distribution."""
    scope = Scope(study.cohort, f"study_group = {text(row['study_group'])}")
    is_grade = f"mrs_90d = {row['mrs']}"
    numbers = {
        "n": f"count(*) filter (where {is_grade})",
        "pct": f"100.0 * count(*) filter (where {is_grade}) / count(mrs_90d)",
    }
    if column not in numbers:
        return None
    return Provenance(
        f"select {numbers[column]}\nfrom {study.cohort}{scope.where()}",
        listed("study_group", "mrs_90d", f"coalesce({is_grade}, false)", scope),
        (study.cohort, "mrs_90d"),
        ("mrs_distribution",),
        study.cohort,
    )


def of_patient_flow(row: Row, column: str, study: ExplainedStudy) -> Provenance | None:
    """Return the provenance of the patients who are excluded at or remain after a step."""
    step_name = row["step_name"]
    if column == "n_excluded":
        return excluded(study, f"step_name = {text(step_name)}", (step_name,))
    return remaining(study, row["step_order"]) if column == "n_remaining" else None


def excluded(study: ExplainedStudy, condition: str, steps: tuple[str, ...] = ()) -> Provenance:
    """Return the provenance of patients excluded at some steps, of those who reached them."""
    scope = Scope(study.eligibility, condition)
    patients = (
        "select\n    admission_key,\n    null as study_group,\n"
        "    coalesce(max(reason), 'passed') as value,\n"
        "    bool_or(status = 'excluded') as is_counted\n"
        f"from {scope.relation}{scope.where()}\ngroup by admission_key\norder by admission_key"
    )
    return Provenance(
        f"select count(*)\nfrom {scope.relation}{scope.where(IS_EXCLUDED)}",
        patients,
        None,
        OF_FLOW,
        study.eligibility,
        steps,
    )


def remaining(study: ExplainedStudy, step: str | int) -> Provenance:
    """Return the provenance of patients who remain after a step (its order), of all screened."""
    is_out = f"{IS_EXCLUDED} and step_order <= {step}"
    patients = (
        "select\n    admission_key,\n    null as study_group,\n"
        f"    coalesce(max(reason) filter (where {is_out}), 'remains') as value,\n"
        f"    not coalesce(bool_or({is_out}), false) as is_counted\n"
        f"from {study.eligibility}\ngroup by admission_key\norder by admission_key"
    )
    return Provenance(
        f"select count(distinct admission_key) - count(*) filter (where {is_out})\n"
        f"from {study.eligibility}",
        patients,
        None,
        OF_FLOW,
        study.eligibility,
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

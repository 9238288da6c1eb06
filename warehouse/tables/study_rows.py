"""Rows of the default study's views for figures and journal tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.definitions.study import StudyGroup, load_study_groups
from warehouse.releases.reader import Release, Row
from warehouse.statistics.cohort import ALL
from warehouse.statistics.tables import COMPARISON_COLUMNS, INTERVALS, SMD, WIDE_SMD
from warehouse.tables.studies import with_levels

FLOW = """
select
    label, n_excluded, n_remaining,
    step in (select distinct step from study.eligibility where step is not null) or n_excluded > 0
        as is_exclusion
from study.patient_flow
order by step
"""
GROUPS = "select study_group, prefix, label from study.study_groups order by place"
TABLES = "select distinct table_name from study.table_lines order by 1"
IS_THERE = (
    "select 1 from duckdb_columns() where schema_name = 'study' and table_name = $name limit 1"
)
ALL_PATIENTS = StudyGroup(group=ALL, prefix=ALL, label="All patients", where="true")
REASONS_SHOWN = 200
REASONS = f"""
select label, reason, count(*) as n
from study.eligibility
where status = 'excluded'
group by step_order, label, reason
order by step_order, n desc, reason
limit {REASONS_SHOWN}
"""
MRS = """
select
    distribution.study_group, distribution.mrs, distribution.label, distribution.n,
    coalesce(distribution.pct, 0) as pct, codes.is_good_outcome
from study.mrs_distribution as distribution
inner join codes.mrs as codes on distribution.mrs = codes.code
order by distribution.mrs
"""


def study_groups(release: Release) -> tuple[StudyGroup, ...]:
    """Return the groups of the default study in a release; all patients where it compares none."""
    if not release.rows(IS_THERE, name="study_groups"):  # a release of version 0.1
        return load_study_groups()
    named = (
        StudyGroup(group=row["study_group"], prefix=row["prefix"], label=row["label"], where="true")
        for row in release.rows(GROUPS)
    )
    return (*named,) or (ALL_PATIENTS,)


def flow_steps(release: Release) -> list[Row]:
    """Return the patient flow: label, n_excluded, n_remaining, is_exclusion."""
    return release.rows(FLOW)


def exclusion_reasons(release: Release) -> list[Row]:
    """Return the reasons for exclusion at each step: label, reason, n."""
    return release.rows(REASONS)


def group_sizes(release: Release, groups: Sequence[StudyGroup]) -> list[Row]:
    """Return the number of analyzed patients of each group: label, n."""
    counted = release.rows("select study_group, count(*) as n from study.cohort group by all")
    sizes = {row["study_group"]: row["n"] for row in counted}
    return [{"label": group.label, "n": sizes.get(group.study_group, 0)} for group in groups]


def mrs_rows(release: Release, groups: Sequence[StudyGroup]) -> list[Row]:
    """Return the distribution of the mRS by group: group_label and the columns of the table."""
    rows = release.rows(MRS)
    return [
        {**row, "group_label": group.label}
        for group in groups
        for row in rows
        if row["study_group"] == group.study_group
    ]


@dataclass(frozen=True)
class WideTable:
    """Table of the default study: its view, its rows, and the effects that they have."""

    view: str
    rows: list[Row]
    effects: list[str]


def baseline(release: Release) -> WideTable:
    """Return Table 1: the first table whose name begins with table1."""
    return _wide(release, "table1", "table1_baseline")


def outcomes(release: Release) -> WideTable:
    """Return Table 2: the first table whose name begins with table2."""
    return _wide(release, "table2", "table2_outcomes")


def _wide(release: Release, beginning: str, early_name: str) -> WideTable:
    names = [early_name]
    if release.rows(IS_THERE, name="table_lines"):  # a release of version 0.1 has none
        of_study = [row["table_name"] for row in release.rows(TABLES)]
        names = [name for name in of_study if name.startswith(beginning)]
    if not names:
        return WideTable("", [], [])
    found = release.rows(f'select * from study."{names[0]}"')
    columns = found[0] if found else {}
    # Only two groups have effects, and only groups a test.
    absent = {} if WIDE_SMD in columns else dict.fromkeys(COMPARISON_COLUMNS)
    rows = [
        absent | row | {"level": None if row.get("level") == "-" else row.get("level")}
        for row in sorted(found, key=lambda row: row["line"])
    ]
    shown = INTERVALS if INTERVALS[0] in columns else (SMD,) if WIDE_SMD in columns else ()
    return WideTable(f"study.{names[0]}", with_levels(rows), [*shown])


# Label by column of study.outcome_notes.
NOTES = {
    "n_pending": "Not counted yet: follow-up pending",
    "n_outside_window": "Not counted: assessed only outside the window",
    "pct_good_outcome": "mRS 0-2 of analyzed patients",
    "pct_good_outcome_with_outside": (
        "mRS 0-2 including those assessed outside the window (sensitivity analysis)"
    ),
    "n_dead_later": "Died after day 90: counted as alive at 90 days",
    "n_mrs_6_dead_later": "Of these, mRS 6: the death was in the follow-up window",
    "n_sich_by_death": "Hemorrhage symptomatic because the patient died (NIHSS cannot show it)",
    "n_sich_unclear": "Hemorrhage, unknown whether symptomatic",
    "n_reintervened": "A further procedure on a later day",
    "n_stented_later": "Of these, stented then: counted in the group of the first procedure",
}


def outcome_notes(release: Release, groups: Sequence[StudyGroup]) -> list[Row]:
    """Return the notes to Table 2: label, name, and the values of the groups in order."""
    found = {row["study_group"]: row for row in release.rows("from study.outcome_notes")}
    rows = [found.get(group.study_group, {}) for group in groups]
    return [
        {"name": name, "label": label, "values": [row.get(name) for row in rows]}
        for name, label in NOTES.items()
    ]

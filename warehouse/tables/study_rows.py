"""Rows of the study's tables for figures and journal tables."""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.definitions.study import StudyGroup
from warehouse.releases.reader import Release, Row

FLOW = """
select
    label, n_excluded, n_remaining,
    step in (select distinct step from study.eligibility where step is not null) or n_excluded > 0
        as is_exclusion
from study.patient_flow
order by step
"""
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


def baseline_rows(release: Release) -> list[Row]:
    """Return the rows of Table 1."""
    return release.rows("select * from study.table1_baseline order by line")


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


def outcome_rows(release: Release) -> list[Row]:
    """Return the rows of Table 2."""
    return release.rows("select * from study.table2_outcomes order by line")

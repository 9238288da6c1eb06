"""Results of any study: patient flow, groups and tables, from the schema ``studies``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.releases.reader import Release, Row
from warehouse.statistics.calls import LEVELS
from warehouse.statistics.cohort import Group
from warehouse.statistics.tables import INTERVALS, SMD, wide
from warehouse.tables.journal_table import JournalTable, study_table

# The cell of a line whose levels follow; a dash would say that there are no patients.
BLANK = "\N{NO-BREAK SPACE}"
DEFINITIONS = "select * from studies.definitions order by place"
FLOW = """
select label, n_excluded, n_remaining, is_exclusion
from studies.flow_steps
where study = $study and step is not null
order by step
"""
GROUPS = """
select groups.study_group, groups.label, groups.prefix, count(members.admission_key) as n
from studies.study_groups as groups
left join studies.members as members
    on groups.study = members.study and groups.study_group = members.study_group
where groups.study = $study
group by all
order by any_value(groups.place)
"""
LINES = "select * exclude (study) from studies.table_lines where study = $study order by all"
CELLS = """
select * exclude (study) replace (nullif(level, '-') as level)
from studies.table_cells
where study = $study
"""
COMPARISONS = """
select * exclude (study, measure)
from studies.comparisons
where study = $study
order by line, contrast <> 'all', contrast, test is null, not is_printed
"""


@dataclass(frozen=True)
class StudyResults:
    """Results of a study: flow, groups (study_group, label, prefix, n), and rows of its tables.

    ``rows`` are those of ``wide`` by the name of the table, ``effects`` the effects of each table;
    with more than two groups it has none.
    """

    definition: Row
    flow: list[Row]
    groups: list[Row]
    titles: dict[str, str]
    rows: dict[str, list[Row]]
    effects: dict[str, list[str]]

    @property
    def named_groups(self) -> list[Group]:
        """The groups by code, label and prefix."""
        return [Group(row["study_group"], row["label"], row["prefix"]) for row in self.groups]

    def table(self, name: str) -> JournalTable:
        """Return a table for a page."""
        return study_table(self.rows[name], self.named_groups, self.effects[name])


def study_names(release: Release) -> list[str]:
    """Return the names of the studies of a release, the default one first."""
    return [row["study"] for row in release.rows(DEFINITIONS)]


def study_results(release: Release, study: str) -> StudyResults:
    """Return the results of a study of a release."""
    (definition,) = (row for row in release.rows(DEFINITIONS) if row["study"] == study)
    groups = release.rows(GROUPS, study=study)
    lines = release.rows(LINES, study=study)
    named = [Group(row["study_group"], row["label"], row["prefix"]) for row in groups]
    compared = release.rows(COMPARISONS, study=study)
    rows = wide(lines, named, release.rows(CELLS, study=study), compared).to_pylist()
    titles = {line["table_name"]: line["title"] for line in lines}
    return StudyResults(
        definition,
        release.rows(FLOW, study=study),
        groups,
        titles,
        {name: table_rows(rows, name) for name in titles},
        {name: _effects(compared, name) for name in titles},
    )


def _effects(compared: Sequence[Row], name: str) -> list[str]:
    """Return the effects of a table; with more than two groups it shows none."""
    contrasts = {row["contrast"] for row in compared}
    of_table = {row["effect"] for row in compared if row["table_name"] == name}
    shown = INTERVALS if of_table & {*INTERVALS} else (SMD,)
    return [name for name in shown if name in of_table] if len(contrasts) == 1 else []


def table_rows(rows: Sequence[Row], name: str) -> list[Row]:
    """Return the rows of a table (see ``with_levels``)."""
    return with_levels([row for row in rows if row["table_name"] == name])


def with_levels(rows: Sequence[Row]) -> list[Row]:
    """Return the rows of a table for people; one of a level has the level as its label.

    A level has the patients of its line, of whom no value is missing; the line itself has no cell.
    """
    found: list[Row] = []
    of_line: Row = {}
    for row in rows:
        if row["summary"] == LEVELS and not row["level"]:
            of_line = row
            found.append(row | {key: BLANK for key in row if key.endswith("_display")})
        elif row["level"]:
            sizes = {key: n for key, n in of_line.items() if key.endswith("_denominator")}
            missing = {key: 0 for key in row if key.endswith("_missing")}
            named = {"label": row["level"], "indent": row["indent"] + 1}
            found.append(row | sizes | missing | named)
        else:
            found.append(row)
    return found

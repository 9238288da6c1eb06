"""Results of any study of a release, read from its views (schema ``<study>``, or ``study`` for
the default one): patient flow, groups, tables, mRS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from warehouse.cohorts.codes import labels_of
from warehouse.definitions.study import OF_SUBGROUPS
from warehouse.definitions.study_files import FORMER_STUDY, load_study
from warehouse.releases.reader import Release, Row
from warehouse.statistics.calls import LEVELS, YES_NO
from warehouse.statistics.cohort import ALL, Group
from warehouse.statistics.comparisons import contrasts_of
from warehouse.statistics.notes import OF_DIFFERENCE
from warehouse.statistics.tables import COMPARISON_COLUMNS, INTERVALS, SMD, WIDE_SMD
from warehouse.tables.journal_table import JournalTable, journal_table

DEFAULT_SCHEMA = "study"
# The cell of a line whose levels follow; a dash would say that there are no patients.
BLANK = "\N{NO-BREAK SPACE}"
EVERYBODY = Group(ALL, "All patients", ALL)
DEFINITIONS = "select * from studies.definitions order by place"
IS_THERE = """
select column_name from duckdb_columns()
where schema_name = $schema and table_name = $name and database_name = current_database()
"""
FLOW = 'select * from "{}".patient_flow where step is not null order by step'
EXCLUDING = 'select distinct step from "{}".eligibility where step is not null'
CRITERIA = """
select label from studies.flow_steps where is_exclusion and study = $study order by step_order
"""
GROUPS = 'select study_group, label, prefix from "{}".study_groups order by place'
SIZES = 'select study_group, count(*) as n from "{}".cohort group by all'
LINES = 'select * from "{}".table_lines'
# The tables of a release of version 0.1, which names none: name and title.
EARLY_TABLES = {"table1_baseline": "baseline characteristics", "table2_outcomes": "outcomes"}
REASONS_SHOWN = 200
REASONS = f"""
select label, reason, count(*) as n
from "{{}}".eligibility
where status = 'excluded'
group by step_order, label, reason
order by step_order, n desc, reason
limit {REASONS_SHOWN}
"""
MRS = """
select
    distribution.study_group, distribution.mrs, distribution.label, distribution.n,
    coalesce(distribution.pct, 0) as pct, codes.is_good_outcome
from "{}".mrs_distribution as distribution
inner join codes.mrs as codes on distribution.mrs = codes.code
order by distribution.mrs
"""
# Label by column of outcome_notes.
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


@dataclass(frozen=True)
class WideTable:
    """Table of a study: its view, title, rows, and the effects that they have."""

    view: str
    title: str
    rows: list[Row]
    effects: list[str]

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.view.partition(".")[2]


@dataclass(frozen=True)
class StudyResults:
    """Results of a study of a release; ``schema`` is that of its views.

    With a ``subgroup``, the tables are of its patients; with a ``contrast``, tables and figures are
    of its two groups, with their test and effects.
    """

    release: Release
    schema: str = DEFAULT_SCHEMA
    subgroup: str = ALL
    contrast: tuple[str, ...] = ()

    @cached_property
    def definition(self) -> Row:
        """The definition of the study."""
        return self.release.row(f'select * from "{self.schema}".definition')

    @cached_property
    def flow(self) -> list[Row]:
        """The shown steps of the patient flow: label, n_excluded, n_remaining, is_exclusion."""
        steps = self._rows(FLOW)
        if steps and "is_exclusion" in steps[0]:
            return steps
        excluding = {row["step"] for row in self._rows(EXCLUDING)}
        return [
            row | {"is_exclusion": row["step"] in excluding or row["n_excluded"] > 0}
            for row in steps
        ]

    @cached_property
    def criteria(self) -> list[str]:
        """Labels of the criteria in order, of version 0.1 only of those in the patient flow."""
        if self._columns("table_lines"):
            name = self.definition["study"]
            return [row["label"] for row in self.release.rows(CRITERIA, study=name)]
        return [row["label"] for row in self.flow if row["is_exclusion"]]

    @cached_property
    def groups(self) -> list[Group]:
        """The compared groups; none where the study compares none."""
        groups = self._every_group()
        return [groups[code] for code in self.contrast or groups]

    @cached_property
    def subgroups(self) -> list[Row]:
        """The subgroups in the order of the study; none of an early version."""
        known = self._columns("subgroups")
        return self._rows('select * from "{}".subgroups order by place') if known else []

    @cached_property
    def contrasts(self) -> list[tuple[str, ...]]:
        """The pairs of groups that are compared where the study compares three or more."""
        if not self._columns("study_groups"):
            return []
        codes = tuple(self._every_group())
        found = contrasts_of(codes, self.definition.get("reference"))
        return [each.codes for each in found if len(each.codes) < len(codes)]

    def of_contrast(self, codes: Sequence[str]) -> StudyResults:
        """Return the results of two of the groups (see ``contrasts``)."""
        return replace(self, contrast=tuple(codes))

    def of_subgroup(self, subgroup: str) -> StudyResults:
        """Return the results of a subgroup."""
        return replace(self, subgroup=subgroup)

    @property
    def shown_groups(self) -> list[Group]:
        """The compared groups, or all patients where the study compares none."""
        return self.groups or [EVERYBODY]

    @cached_property
    def group_sizes(self) -> list[Row]:
        """The number of analyzed patients of each shown group: label, n."""
        sizes = {row["study_group"]: row["n"] for row in self._rows(SIZES)}
        return [{"label": each.label, "n": sizes.get(each.code, 0)} for each in self.shown_groups]

    @cached_property
    def tables(self) -> list[WideTable]:
        """The tables in the order of the study; the first is Table 1."""
        names = EARLY_TABLES
        if self._columns("table_lines"):
            lines = self._rows(LINES)
            lines.sort(key=lambda row: (row.get("table_number", 0), row["table_name"]))
            names = {row["table_name"]: row["title"] for row in lines}
        return [self._table(name, title) for name, title in names.items()]

    def table(self, number: int) -> WideTable:
        """Return Table 1, 2, ...; one without rows if the study has not as many."""
        found = self.tables[number - 1 : number]
        return found[0] if found else WideTable("", "", [], [])

    @property
    def ratios(self) -> WideTable | None:
        """The yes/no lines of the first table that has ratios of two groups."""
        for table in self.tables:
            if INTERVALS[0] in table.effects:
                return replace(table, rows=[row for row in table.rows if row["summary"] == YES_NO])
        return None

    @cached_property
    def reasons(self) -> list[Row]:
        """The reasons for exclusion at each step: label, reason, n."""
        return self._rows(REASONS)

    @cached_property
    def mrs(self) -> list[Row]:
        """The distribution of the mRS by group: group_label and the columns of the table."""
        rows = self._rows(MRS)
        return [
            {**row, "group_label": group.label}
            for group in self.shown_groups
            for row in rows
            if row["study_group"] == group.code
        ]

    @cached_property
    def outcome_notes(self) -> list[Row]:
        """The notes to the outcomes: label, name, and the values of the groups in order."""
        found = {row["study_group"]: row for row in self._rows('from "{}".outcome_notes')}
        rows = [found.get(group.code, {}) for group in self.shown_groups]
        return [
            {"name": name, "label": label, "values": [row.get(name) for row in rows]}
            for name, label in NOTES.items()
        ]

    def page_table(self, table: WideTable, *, overall: bool = False) -> JournalTable:
        """Return a table for a page; ``overall`` adds all patients, and leaves out addresses."""
        source = "" if overall else table.view
        return journal_table(source, table.rows, self.columns(overall), table.effects)

    def columns(self, overall: bool) -> list[Group]:
        """Return the groups that a table shows, with all patients before them if ``overall``."""
        return [EVERYBODY, *self.groups] if overall else self.shown_groups

    def _every_group(self) -> dict[str, Group]:
        if self._columns("study_groups"):
            groups = [Group(*row.values()) for row in self._rows(GROUPS)]
        else:
            former = load_study(FORMER_STUDY).groups
            groups = [Group(each.study_group, each.label, each.prefix) for each in former]
        return {group.code: group for group in groups}

    def _of_contrast(self, row: Row) -> Row:
        """Return a row with the test and effects of the contrast as those of the line."""
        if not self.contrast:
            return row
        before = f"{'_vs_'.join(group.prefix for group in self.groups)}_"
        own = {
            name.removeprefix(before): value
            for name, value in row.items()
            if name.startswith(before)
        }
        return row | own

    def _level_labels(self, rows: Sequence[Row]) -> dict[str, dict[str, str]]:
        """Return the labels of the levels of each variable, those of this release first."""
        found = {}
        for variable in {row["variable"] for row in rows if row["summary"] == LEVELS}:
            listed, labels = labels_of(variable)
            if listed and self.release.rows(IS_THERE, schema="codes", name=listed):
                own = self.release.rows(f'select code, label from codes."{listed}"')
                labels = labels | {row["code"]: row["label"] for row in own}
            found[variable] = labels
        return found

    def _rows(self, sql: str) -> list[Row]:
        return self.release.rows(sql.format(self.schema))

    def _columns(self, name: str) -> set[str]:
        rows = self.release.rows(IS_THERE, schema=self.schema, name=name)
        return {row["column_name"] for row in rows}

    def _table(self, name: str, title: str) -> WideTable:
        if self.subgroup != ALL:
            name += OF_SUBGROUPS
        rows = self._rows(f'select * from "{{}}"."{name}"')
        rows = [self._of_contrast(row) for row in rows if row.pop("subgroup", ALL) == self.subgroup]
        columns: Row = rows[0] if rows else {}
        # Only two groups have effects, only groups a test; version 0.1 had no exact p.
        is_whole = {WIDE_SMD, "exact_p_value"} <= columns.keys()
        absent = {} if is_whole else dict.fromkeys(COMPARISON_COLUMNS)
        rows = [
            absent | row | {"level": None if row.get("level") == "-" else row.get("level")}
            for row in sorted(rows, key=lambda row: row["line"])
        ]
        shown = INTERVALS if INTERVALS[0] in columns else (SMD,) if WIDE_SMD in columns else ()
        if SMD not in shown:
            rows = [row | {"effect_note": _without_difference(row["effect_note"])} for row in rows]
        rows = with_levels(rows, self._level_labels(rows))
        return WideTable(f"{self.schema}.{name}", title, rows, [*shown])


def _without_difference(note: str | None) -> str | None:
    """Return a note on effects without what it says of the standardized difference."""
    for sentence in OF_DIFFERENCE:
        note = note and note.replace(sentence, "").strip()
    return note or None


def study_names(release: Release) -> list[str]:
    """Return the names of the studies of a release, the default one first."""
    if not release.rows(IS_THERE, schema="studies", name="definitions"):
        return []  # a release of version 0.1, whose only study has no name
    return [row["study"] for row in release.rows(DEFINITIONS)]


def with_levels(
    rows: Sequence[Row], labels: Mapping[str, Mapping[str, str]] | None = None
) -> list[Row]:
    """Return the rows of a table for people; one of a level has the level's label, else itself.

    No value of a level is missing; the line itself has no cell.
    """
    found: list[Row] = []
    for row in rows:
        if row["summary"] == LEVELS and not row["level"]:
            found.append(row | {key: BLANK for key in row if key.endswith("_display")})
        elif row["level"]:
            missing = {key: 0 for key in row if key.endswith("_missing")}
            label = (labels or {}).get(row["variable"], {}).get(row["level"], row["level"])
            named = {"label": label, "indent": row["indent"] + 1}
            found.append(row | missing | named)
        else:
            found.append(row)
    return found

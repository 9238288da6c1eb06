"""Views of each study as people read it: a schema per study, named after it, in the release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.cohorts.conditions import literal

FLOW = """
select step, step_name, label, n_excluded, n_remaining
from studies.flow_steps
where study = {study} and step is not null
order by step
"""
COHORT = """
select members.study_group, treated.*
from studies.members as members
inner join registry.treated_patients as treated on members.admission_key = treated.admission_key
where members.study = {study}
order by members.patient_key, members.admission_key
"""
TABLE = """
select
    lines.line, lines.section, any_value(lines.label) as label, any_value(lines.unit) as unit,
    cells.level,
    {groups},
    any_value(tests.test) as test, any_value(tests.p_display) as p_display
from studies.table_lines as lines
inner join studies.table_cells as cells
    on lines.study = cells.study and lines.table_name = cells.table_name
    and lines.line = cells.line
left join studies.comparisons as tests
    on lines.study = tests.study and lines.table_name = tests.table_name
    and lines.line = tests.line and tests.test is not null and cells.level = '-'
where lines.study = {study} and lines.table_name = {table} and cells.statistic = 'summary'
group by lines.line, lines.section, cells.level
order by lines.line, cells.level
"""
GROUP = 'any_value(cells.display) filter (where cells.study_group = {group}) as "{group_name}"'
# Columns by the table that they come from; groups are named by their label.
DESCRIBED = """
select column_name, any_value(comment order by schema_name = 'studies' desc)
from duckdb_columns()
where
    schema_name || '.' || table_name in (
        'studies.flow_steps', 'studies.members', 'studies.table_lines', 'studies.table_cells',
        'studies.comparisons', 'registry.treated_patients'
    )
group by column_name
union all
select 'all_patients', 'All patients.'
"""
ALL_PATIENTS = "all_patients"  # all is a word of SQL
TABLE_COMMENT = "Table of the study as it is printed. Grain: one row per line and level."
COMMENTS = {
    "flow": "Patient flow of the study. Grain: one row per step.",
    "cohort": "Analyzed patients of the study with the registry's columns. Grain: one row per "
    "admission.",
}


def create_study_views(release_path: Path) -> list[str]:
    """Create the views of each study in a candidate of a release; returns their names.

    ``<study>.flow``, ``<study>.cohort``, and one for each table with a column for each group.
    """
    with duckdb.connect(release_path) as connection:
        studies = connection.execute("select study from studies.definitions order by place")
        return [name for (study,) in studies.fetchall() for name in _create(connection, study)]


def _create(connection: duckdb.DuckDBPyConnection, study: str) -> Iterator[str]:
    connection.execute(f'create schema "{study}"')
    described = dict(connection.execute(DESCRIBED).fetchall())
    labels = "select study_group, label from studies.study_groups where study = ?"
    described |= dict(connection.execute(labels, [study]).fetchall())
    for name, sql in _views(connection, study):
        view = f'"{study}"."{name}"'
        connection.execute(f"create view {view} as {sql}")
        comment = COMMENTS.get(name, TABLE_COMMENT)
        connection.execute(f"comment on view {view} is {literal(comment)}")
        for column, *_ in connection.execute(f"describe {view}").fetchall():
            text = literal(described[column])
            connection.execute(f'comment on column {view}."{column}" is {text}')
        yield f"{study}.{name}"


def _views(connection: duckdb.DuckDBPyConnection, study: str) -> Iterator[tuple[str, str]]:
    yield "flow", FLOW.format(study=literal(study))
    yield "cohort", COHORT.format(study=literal(study))
    groups = connection.execute(
        "select study_group from studies.study_groups where study = ? order by place", [study]
    ).fetchall()
    tables = connection.execute(
        "select distinct table_name from studies.table_lines where study = ? order by 1", [study]
    ).fetchall()
    columns = ",\n    ".join(
        GROUP.format(group=literal(name), group_name=ALL_PATIENTS if name == "all" else name)
        for name in ("all", *(g for (g,) in groups))
    )
    for (table,) in tables:
        yield table, TABLE.format(study=literal(study), table=literal(table), groups=columns)

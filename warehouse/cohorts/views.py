"""Views of each study as people read it: a schema per study, named after it, in the release.

The schema ``study`` has the views of the default study. Each view is a long table of the schema
``studies`` with the rows of one study, its cohort, or one of its tables in wide form
(``warehouse.cohorts.wide_views``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.cohorts.conditions import literal
from warehouse.cohorts.wide_views import WideTable, wide_tables
from warehouse.definitions.study import OF_EVERYBODY, VIEWS, StudyDefinition
from warehouse.definitions.study_files import load_study
from warehouse.statistics.calls import YES_NO

DEFAULT_SCHEMA = "study"


CONDITIONS = {
    "patient_flow": " and step is not null",
    "eligibility": " and status <> 'left before'",
    **dict.fromkeys(OF_EVERYBODY, " and subgroup = 'all'"),
}
ROWS = "select * {without} from studies.{table} where study = {study}{condition}"
# A study's own variables are columns beside those of the registry and of a hospital's own studies.
COHORT = """
select
    members.* exclude (study, variables, subgroups),
    own.* exclude (admission_key, patient_key, site){variables}
from studies.members as members
left join registry.study_variables as own on members.admission_key = own.admission_key
where members.study = {study}
order by members.patient_key, members.admission_key
"""
VARIABLE = """,
    cast(members.variables[{variable}] as {kind}) as "{variable_name}\""""
SUBGROUP = """,
    members.subgroups[{characteristic}] as "subgroup_{name}\""""
KINDS = """
select variable, if(summary = ?, 'boolean', 'double') from studies.table_lines where study = ?
"""
COMMENTS = """
select column_name, comment from duckdb_columns()
where schema_name || '.' || table_name in ('studies.{table}', 'registry.study_variables')
"""
TABLE_COMMENTS = """
select table_name, coalesce(comment, '') from duckdb_tables()
where schema_name = 'studies' and database_name = current_database()
"""
OF_STUDY = " This view has the rows of the study {study}."


def create_study_views(release_path: Path) -> list[str]:
    """Create the views of each study in a candidate of a release; returns their names."""
    with duckdb.connect(release_path) as connection:
        studies = connection.execute("select study from studies.definitions order by place")
        names = [name for (name,) in studies.fetchall()]
        schemas = {DEFAULT_SCHEMA: names[0], **{name: name for name in names}}
        # Thousands of statements: committed one by one, each would wait for the disk.
        connection.begin()
        views = [
            view
            for schema, study in schemas.items()
            for view in create_views(connection, schema, study)
        ]
        connection.commit()
        return views


def create_views(connection: duckdb.DuckDBPyConnection, schema: str, study: str) -> Iterator[str]:
    """Create the views of a study in a schema, of the long tables that are there; yields names."""
    connection.execute(f'create schema "{schema}"')
    comments = dict(connection.execute(TABLE_COMMENTS).fetchall())
    for name, table in VIEWS.items():
        if table not in comments:
            continue
        condition = CONDITIONS.get(name, "")
        without = "" if name == "definition" else "exclude (study)"
        without = "exclude (study, subgroup)" if name in OF_EVERYBODY else without
        rows = ROWS.format(table=table, study=literal(study), condition=condition, without=without)
        sql = _cohort(connection, study) if name == "cohort" else rows
        columns = dict(connection.execute(COMMENTS.format(table=table)).fetchall())
        if name == "cohort":
            columns |= _own_columns(load_study(study))
        text = f"{comments[table].strip()}{OF_STUDY.format(study=study)}"
        yield _create_view(connection, f'"{schema}"."{name}"', sql, text, columns)
    for wide in wide_tables(connection, study):
        yield _create_view(connection, *_parts(schema, wide))


def _parts(schema: str, table: WideTable) -> tuple[str, str, str, dict[str, str]]:
    return f'"{schema}"."{table.name}"', table.sql, table.comment, table.columns


def _create_view(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    sql: str,
    comment: str,
    columns: dict[str, str],
) -> str:
    connection.execute(f"create view {view} as {sql}")
    connection.execute(f"comment on view {view} is {literal(comment)}")
    for column, *_ in connection.execute(f"describe {view}").fetchall():
        text = literal(columns.get(column) or "")
        connection.execute(f'comment on column {view}."{column}" is {text}')
    return view.replace('"', "")


def _cohort(connection: duckdb.DuckDBPyConnection, study: str) -> str:
    kinds = dict(connection.execute(KINDS, [YES_NO, study]).fetchall())
    variables = "".join(
        VARIABLE.format(variable=literal(name), kind=kinds.get(name, "double"), variable_name=name)
        for name in (each.variable for each in load_study(study).variables)
    )
    variables += "".join(
        SUBGROUP.format(characteristic=literal(name), name=name)
        for name in (each.characteristic for each in load_study(study).subgroups)
    )
    return COHORT.format(variables=variables, study=literal(study))


def _own_columns(study: StudyDefinition) -> dict[str, str]:
    """Return the meaning of the columns that a study adds to its cohort."""
    return {each.variable: each.description for each in study.variables} | {
        f"subgroup_{each.characteristic}": f"Subgroup of the study: {each.label}; unknown, or "
        f"none, of who is in no part."
        for each in study.subgroups
    }

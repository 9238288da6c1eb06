"""One study of a release as a release file of its own: its strokes and its rows, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from warehouse.cohorts.conditions import literal
from warehouse.cohorts.views import create_study_views

STROKES_OF = """
create temp table screened as
select admission_key, patient_key from whole.studies.criteria where study = {study}
union
select admission_key, patient_key from whole.studies.members where study = {study}
"""
# Rows of delivered files that the study's strokes have, of which queries are kept.
ROWS_OF = """
(source_file, source_row) in (
    select (source_file, source_row) from registry.patients
    union all select (source_file, source_row) from registry.procedures
    union all select (source_file, source_row) from registry.imaging
    union all select (source_file, source_row) from registry.followups
)
"""
TABLES = """
select
    tables.schema_name, tables.table_name, any_value(tables.comment),
    list(columns.column_name)
from duckdb_tables() as tables
inner join duckdb_columns() as columns
    on tables.table_oid = columns.table_oid and columns.database_name = 'whole'
where tables.database_name = 'whole'
group by all
order by 1 desc, 2
"""
COLUMNS = """
select schema_name, table_name, column_name, comment from duckdb_columns()
where database_name = 'whole' and comment is not null
"""
# Numbers of all patients of a site, which are no part of a study.
OF_ALL_PATIENTS = {"registry.monthly_indicators", "registry.overdue_followups"}


def write_study_file(release_path: Path, study: str, path: Path) -> None:
    """Write the part of a release that belongs to a study as a release file.

    It has the same tables with the same comments: those with a key of strokes or patients hold the
    screened ones, those of studies this one, and code lists and tables of deliveries are whole.
    The study is the default one of the file.
    """
    with duckdb.connect(path) as connection:
        connection.execute(f"attach {literal(str(release_path))} as whole (read_only)")
        connection.execute(STROKES_OF.format(study=literal(study)))
        made = set()
        for schema, table, comment, columns in connection.execute(TABLES).fetchall():
            connection.execute(f"create schema if not exists {schema}")
            where = _condition(f"{schema}.{table}", columns, study)
            chosen = "* replace (1 as place)" if table == "definitions" else "*"
            connection.execute(
                f"create table {schema}.{table} as "
                f"select {chosen} from whole.{schema}.{table}{where}"
            )
            made.add((schema, table))
            if comment:
                connection.execute(f"comment on table {schema}.{table} is {literal(comment)}")
        for schema, table, column, comment in connection.execute(COLUMNS).fetchall():
            if (schema, table) in made:
                name = f'{schema}.{table}."{column}"'
                connection.execute(f"comment on column {name} is {literal(comment)}")
        connection.execute("detach whole")
    create_study_views(path)
    with duckdb.connect(path) as connection:
        connection.execute("checkpoint")


def _condition(table: str, columns: list[str], study: str) -> str:
    """Return SQL that keeps the rows of a table which belong to the study."""
    conditions = [*_conditions(table, columns, study)]
    return f" where {' and '.join(conditions)}" if conditions else ""


def _conditions(table: str, columns: list[str], study: str) -> Iterator[str]:
    if table in OF_ALL_PATIENTS:
        yield "false"
    elif table == "quality.violations":
        yield ROWS_OF
    if "admission_key" in columns:
        yield "admission_key in (select admission_key from screened)"
    elif "patient_key" in columns:
        yield "patient_key in (select patient_key from screened)"
    if "study" in columns:
        yield f"study = {literal(study)}"

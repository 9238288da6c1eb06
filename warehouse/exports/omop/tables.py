"""The tables of the model, filled from a release and checked by the model's own constraints.

Each file of the folder ``sql`` is a query on ``stays``, the admissions that the model can hold, and
their ``procedures``, ``imaging`` and ``followups``. Its columns are the table's, and some that hold
a key whose number the row gets: ``record`` (of the row itself), ``person``, ``visit`` and
``care_site``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from warehouse.exports.folders import of_this_version
from warehouse.exports.omop.cdm import create_tables
from warehouse.exports.omop.concepts import Concept
from warehouse.sql_shell.session import explained_damage

SQL_DIR = Path(__file__).with_name("sql")
CDM_SOURCE = "cdm_source"
# What is filled, so that what a row refers to is there before, and the column that says when.
DAYS = {
    "care_site": None,
    "person": None,
    "visit_occurrence": "visit_start_date",
    "condition_occurrence": "condition_start_date",
    "procedure_occurrence": "procedure_date",
    "device_exposure": "device_exposure_start_date",
    "drug_exposure": "drug_exposure_start_date",
    "measurement": "measurement_date",
    "observation": "observation_date",
    "death": "death_date",
    "observation_period": "observation_period_start_date",
}
TABLES = (*DAYS, CDM_SOURCE)
# The columns of keys, and the tables whose numbers they become.
REFERENCES = {"person": "person", "visit": "visit_occurrence", "care_site": "care_site"}

# The number of a key has 31 bits, as the model's integers: those of its MD5, or of a further MD5
# where a key before it has that number.
PREPARED = """
create schema registry;
create view registry.patients as from release.registry.patients;
create view registry.procedures as from release.registry.procedures;
create table mapped (field varchar, code varchar, concept_id integer, primary key (field, code));
create macro concept(asked_field, asked_code) as coalesce(
    (
        select concept_id from mapped
        where field = asked_field and code = coalesce(asked_code, '')
    ),
    0
);
create macro as_text(value) as cast(value as varchar);
create table numbers (
    table_name varchar, key varchar, attempt integer, number integer, primary key (table_name, key)
);
create macro number_of(table_name, key, attempt) as
cast(('0x' || left(md5(concat_ws('|', table_name, key, attempt)), 8)) as bigint) & 2147483647;
"""
SAME_NUMBER = """
update numbers
set attempt = attempt + 1, number = number_of(table_name, key, attempt + 1)
where table_name = $table_name and key in (
    select key from numbers
    where table_name = $table_name
    qualify row_number() over (partition by number order by attempt, key) > 1
)
"""
OF_STAYS = """
create view {table} as
from release.registry.{table} where admission_key in (select admission_key from stays)
"""
# The vocabulary itself is OMOP's, and each center loads its own: here only the ids are checked.
CONCEPT = """
insert into concept
select distinct
    concept_id, 'not loaded', 'not loaded', 'not loaded', 'not loaded', null, 'not loaded',
    date '1970-01-01', date '2099-12-31', null
from (select concept_id from mapped union all select 0)
"""


def fill_tables(
    connection: duckdb.DuckDBPyConnection, release_path: Path, concepts: Sequence[Concept]
) -> dict[str, int]:
    """Make all tables in an empty database and fill all but cdm_source.

    Returns the number of records left out of a table, where there are any: admissions without year
    of birth or day, and whatever has no day. Raises ReleaseFileError if the release is damaged, and
    ExportError if it is of an earlier version.
    """
    quoted = str(release_path).replace("'", "''")
    with explained_damage(release_path), of_this_version(release_path):
        connection.execute(f"attach '{quoted}' as release (read_only)")
        connection.execute(PREPARED)
        connection.executemany("insert into mapped values (?, ?, ?)", concepts)
        create_tables(connection, TABLES)
        connection.execute(CONCEPT)
        connection.execute(f"create table stays as {_query('stays')}")
        for table in ("procedures", "imaging", "followups"):
            connection.execute(OF_STAYS.format(table=table))
        left_out = {table: _fill(connection, table, day) for table, day in DAYS.items()}
        admissions = _count(connection, "registry.patients") - _count(connection, "stays")
    left_out["visit_occurrence"] += admissions
    return {table: count for table, count in left_out.items() if count}


def _fill(connection: duckdb.DuckDBPyConnection, table: str, day: str | None) -> int:
    """Fill a table from its query; returns how many records have no day and are left out."""
    connection.execute(f"create or replace temp table found as {_query(table)}")
    without_day = _count(connection, f"found where {day} is null") if day else 0
    if without_day:
        connection.execute(f"delete from found where {day} is null")
    columns = [column[0] for column in connection.execute("from found limit 0").description]
    keys = {key: REFERENCES[key] for key in columns if key in REFERENCES}
    if "record" in columns:
        number_records(connection, table)
        keys["record"] = table
    numbers = ", ".join(f"{key}_numbers.number as {of}_id" for key, of in keys.items())
    joins = " ".join(
        f"left join numbers as {key}_numbers on {key}_numbers.table_name = '{of}' "
        f"and {key}_numbers.key = found.{key}"
        for key, of in keys.items()
    )
    connection.execute(
        f"insert into {table} by name "
        f"select found.* exclude ({', '.join(keys)}), {numbers} from found {joins}"
    )
    return without_day


def number_records(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Give the keys of the found records numbers, which are the same in every export."""
    connection.execute(
        "insert into numbers select $table_name, record, 0, number_of($table_name, record, 0) "
        "from found",
        {"table_name": table},
    )
    while connection.execute(SAME_NUMBER, {"table_name": table}).fetchone() != (0,):
        pass


def _query(name: str) -> str:
    return (SQL_DIR / f"{name}.sql").read_text(encoding="utf-8")


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchone()[0])  # type: ignore[index]

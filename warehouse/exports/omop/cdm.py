"""The tables of the OMOP Common Data Model 5.4, made by OHDSI's own statements (folder ``cdm``).

DuckDB adds no foreign key to a table that exists. So the statements of keys, which OHDSI has in
files of their own, go into the statement that creates the table.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

CDM_DIR = Path(__file__).with_name("cdm")
_CREATE = re.compile(r"CREATE TABLE @cdmDatabaseSchema\.(\w+) \((.*?)\);", re.DOTALL)
_KEY = re.compile(r"ALTER TABLE @cdmDatabaseSchema\.(\w+) ADD (CONSTRAINT .*?);")
_REFERENCE = re.compile(r"REFERENCES @cdmDatabaseSchema\.(\w+)")


def create_tables(connection: duckdb.DuckDBPyConnection, filled: Collection[str]) -> None:
    """Create all tables of the model in the current schema, with not-null and primary keys.

    The tables ``filled`` have their foreign keys, too. The others have none: those of the
    vocabulary refer to each other in circles, which DuckDB cannot declare.
    """
    for _table, statement in statements(filled):
        connection.execute(statement)


def statements(filled: Collection[str]) -> Iterator[tuple[str, str]]:
    """The tables and the statements that create them, each after those that it refers to."""
    columns = dict(_CREATE.findall(_text("ddl")))
    keys, needs = defaultdict[str, list[str]](list), {table: set[str]() for table in columns}
    for table, key in _KEY.findall(_text("primary_keys")):
        keys[table].append(key)
    for table, key in _KEY.findall(_text("constraints")):
        if table in filled:
            keys[table].append(key)
            needs[table].add(_REFERENCE.search(key)[1].lower())  # type: ignore[index]
            needs[table].discard(table)
    for table in TopologicalSorter(needs).static_order():
        body = ",\n".join([columns[table], *keys[table]]).replace("@cdmDatabaseSchema.", "")
        yield table, f"create table {table} ({body})"


def _text(part: str) -> str:
    return (CDM_DIR / f"OMOPCDM_duckdb_5.4_{part}.sql").read_text(encoding="utf-8")

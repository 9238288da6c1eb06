"""Two release files on one connection, as the databases ``before`` and ``after``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import WarehouseError

Columns = dict[str, str]
"""Types by column."""


class ReleasesError(WarehouseError):
    """A release cannot be compared, found or made current; the message says why and what to do."""


class ReleasePair:
    """Two releases, open for reading; temporary tables are in memory."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.before = self._tables("before")
        self.after = self._tables("after")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self.connection.execute(sql).fetchall()

    def row(self, sql: str) -> tuple[Any, ...]:
        """Return the only row of a query."""
        (row,) = self.rows(sql)
        return row

    def _tables(self, database: str) -> dict[str, Columns]:
        tables: dict[str, Columns] = {}
        for table, column, kind in self.rows(
            f"""
            select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()
            where database_name = '{database}' and not internal
            order by 1, column_index
            """
        ):
            tables.setdefault(table, {})[column] = kind
        return tables


@contextmanager
def opened(before: Path, after: Path) -> Iterator[ReleasePair]:
    """Open two release files. Raises ReleasesError if they cannot be compared."""
    try:
        with duckdb.connect() as connection:
            for name, path in (("before", before), ("after", after)):
                _attach(connection, name, path)
            yield ReleasePair(connection)
    except duckdb.Error as error:
        raise ReleasesError(
            f"{before.name} and {after.name} cannot be compared: {str(error).splitlines()[0]} "
            f"Both must be releases of this warehouse. A release of an early version may lack "
            f"tables that the comparison needs."
        ) from error


def _attach(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> None:
    """Attach a release. If it lacks admission_key (early versions), patient_key replaces it."""
    connection.execute(f"attach '{_quoted(path)}' as {name} (read_only)")
    if not _has_patients_alone(connection, name):
        return
    connection.execute(f"detach {name}")
    connection.execute(f"attach '{_quoted(path)}' as {name}_file (read_only)")
    connection.execute(f"attach ':memory:' as {name}")
    for schema, table, has_patient in connection.execute(
        f"""
        select schema_name, table_name, bool_or(column_name = 'patient_key') from duckdb_columns()
        where database_name = '{name}_file' and not internal
        group by all
        """
    ).fetchall():
        key = "patient_key as admission_key, " if has_patient else ""
        connection.execute(f"create schema if not exists {name}.{schema}")
        connection.execute(
            f"create view {name}.{schema}.{table} as "
            f"select {key}* from {name}_file.{schema}.{table}"
        )


def _has_patients_alone(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    columns = connection.execute(
        f"""
        select column_name from duckdb_columns()
        where database_name = '{name}' and schema_name = 'registry' and table_name = 'patients'
        """
    ).fetchall()
    return ("patient_key",) in columns and ("admission_key",) not in columns


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

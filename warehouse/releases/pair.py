"""Two release files on one connection, as the databases ``before`` and ``after``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from warehouse.errors import WarehouseError

Columns = dict[str, str]
"""Types by column."""


class AddedKey(NamedTuple):
    """A key that early versions lack, the SQL that stands for it, and the table that shows it.

    Every table that has the column ``beside`` gets it, or, without one, that table alone.
    """

    column: str
    sql: str
    table: str
    beside: str = ""

    def is_lacking(self, columns: dict[str, set[str]]) -> bool:
        """Whether a release is of a version without it."""
        return self.table in columns and self.column not in columns[self.table]

    def goes_to(self, table: str, columns: set[str]) -> bool:
        """Whether a table of such a release gets it."""
        return self.beside in columns if self.beside else table == self.table


ADDED_KEYS = (
    AddedKey("admission_key", "patient_key", "registry.patients", beside="patient_key"),
    AddedKey("subgroup", "'all'", "studies.table_cells"),
    AddedKey("subgroup", "'all'", "studies.comparisons"),
    AddedKey("time_point", "'day_90'", "registry.followups"),
)


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
    """Attach a release, with keys that early versions lack (``ADDED_KEYS``) put in."""
    connection.execute(f"attach '{_quoted(path)}' as {name} (read_only)")
    columns = _columns(connection, name)
    lacking = [key for key in ADDED_KEYS if key.is_lacking(columns)]
    if not lacking:
        return
    connection.execute(f"detach {name}")
    connection.execute(f"attach '{_quoted(path)}' as {name}_file (read_only)")
    connection.execute(f"attach ':memory:' as {name}")
    for table, has in columns.items():
        keys = "".join(f"{key.sql} as {key.column}, " for key in lacking if key.goes_to(table, has))
        connection.execute(f"create schema if not exists {name}.{table.split('.')[0]}")
        connection.execute(f"create view {name}.{table} as select {keys}* from {name}_file.{table}")


def _columns(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, set[str]]:
    return {
        table: set(columns)
        for table, columns in connection.execute(
            f"""
            select schema_name || '.' || table_name, list(column_name) from duckdb_columns()
            where database_name = '{name}' and not internal
            group by all
            """
        ).fetchall()
    }


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

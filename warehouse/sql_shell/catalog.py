"""Names and meanings of published tables, for completion and ``.describe``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from warehouse.published_tables import PUBLISHED_TABLES

# Each study has views of the same names, and people mean the default study's.
FIRST = "schema_name not in ('codes', 'ops', 'quality', 'registry', 'study')"
Rows = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class ColumnMeaning:
    """A column of a published table: name, type and comment."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class TableMeaning:
    """A published table: its name with schema, rows (None of a view), comment and columns."""

    name: str
    rows: int | None
    comment: str
    columns: tuple[ColumnMeaning, ...]

    @property
    def schema(self) -> str:
        """Name of its schema."""
        return self.name.partition(".")[0]


class Catalog:
    """Published tables of a release, read once."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    @cached_property
    def tables(self) -> dict[str, TableMeaning]:
        """Every published table by its name with schema; those of single studies come last."""
        columns: dict[str, list[ColumnMeaning]] = {}
        for table, *meaning in self._rows(
            """
            select
                schema_name || '.' || table_name, column_name, lower(data_type),
                coalesce(comment, '')
            from duckdb_columns()
            where not internal and database_name = current_database()
            order by 1, column_index
            """
        ):
            columns.setdefault(table, []).append(ColumnMeaning(*meaning))
        described = self._rows(
            f"""
            select schema_name || '.' || table_name, n_rows, coalesce(comment, '')
            from ({PUBLISHED_TABLES})
            order by {FIRST}, 1
            """
        )
        return {
            name: TableMeaning(name, *about, tuple(columns[name])) for name, *about in described
        }

    @cached_property
    def schemas(self) -> list[str]:
        """Names of the schemas."""
        return sorted({table.schema for table in self.tables.values()})

    @cached_property
    def keywords(self) -> list[str]:
        """SQL keywords."""
        return [row[0] for row in self._rows("select keyword_name from duckdb_keywords()")]

    @cached_property
    def functions(self) -> list[str]:
        """Names of functions, without operators."""
        rows = self._rows(
            "select distinct function_name from duckdb_functions() "
            "where regexp_full_match(function_name, '[a-z][a-z0-9_]{2,}')"
        )
        return sorted(row[0] for row in rows)

    def find(self, name: str) -> TableMeaning | None:
        """Return a table by its name, with or without its schema."""
        wanted = name.lower().strip('";')
        return self.tables.get(wanted) or next(
            (table for key, table in self.tables.items() if key.partition(".")[2] == wanted), None
        )

"""Cached reads of a release for explanations: rows, comments, patients and lines."""

from __future__ import annotations

import difflib
from collections import defaultdict
from functools import cached_property
from typing import Any

import duckdb

from warehouse.dbt.project import mart
from warehouse.definitions.dictionary import dictionary
from warehouse.explain.address import HELP, Address
from warehouse.explain.explanation import ExplainError, Patient, SourceLine
from warehouse.explain.summaries import text

Row = dict[str, Any]
SourceColumns = tuple[str, ...]
"""Columns of the registry that a value is computed from, as ``patients.age_years``."""

SMALL_TABLES = {
    "study.table1_baseline",
    "study.table2_outcomes",
    "study.mrs_distribution",
    "study.patient_flow",
    "study.published_comparison",
    "registry.monthly_indicators",
}
# Outcomes and times are counted from the first thrombectomy.
ROWS_USED = {"procedures": "is_index_procedure"}


class Release:
    """Release that is open for reading, with cached queries."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._rows: dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], Row]] = {}
        self._lines: dict[tuple[SourceColumns, str], dict[str, tuple[SourceLine, ...]]] = {}
        self._counts: dict[str, list[tuple[Any, ...]]] = {}
        self._patients: dict[tuple[str, SourceColumns], tuple[Patient, ...]] = {}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self.connection.execute(query).fetchall()

    def rows_once(self, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query, which is run once."""
        if query not in self._counts:
            self._counts[query] = self.rows(query)
        return self._counts[query]

    @cached_property
    def comments(self) -> dict[str, dict[str, str]]:
        """Meaning of each column of each published table, by table and column, in their order.

        Without the views of each study, which show cells of the schema ``studies``.
        """
        comments: dict[str, dict[str, str]] = defaultdict(dict)
        for table, column, comment in self.rows(
            """
            select schema_name || '.' || table_name, column_name, coalesce(comment, '')
            from duckdb_columns()
            where not internal and database_name = current_database()
            and schema_name in ('codes', 'registry', 'studies', 'study', 'quality', 'ops')
            order by 1, column_index
            """
        ):
            comments[table][column] = comment
        return dict(comments)

    @cached_property
    def delivered_tables(self) -> tuple[str, ...]:
        """Tables of the registry whose rows name the line in which they were delivered."""
        tables = dictionary().registry_tables
        return tuple(table for table in tables if f"registry.{table}" in self.comments)

    def source_columns(self, address: Address) -> SourceColumns:
        """Return the registry columns that a column is computed from, as the project declares.

        A registry column of the same name need not be declared.
        """
        declared = mart(address.schema, address.name)
        sources = declared.column_meta.get(address.column, {}).get("made_from")
        if sources:
            return tuple(sources)
        same_name = (
            f"{table}.{address.column}"
            for table in self.delivered_tables
            if address.column in self.comments.get(f"registry.{table}", {})
        )
        return tuple(each for each in [next(same_name, None)] if each)

    def row(self, address: Address) -> tuple[Row, str]:
        """Return the row of an address and the SQL condition that selects it.

        Raises ExplainError that lists the existing tables, columns or keys.
        """
        known = self.comments.get(address.table)
        if known is None:
            raise ExplainError(_no_such("table", address.table, list(self.comments)))
        if address.column not in known:
            there = f"column of {address.table}"
            raise ExplainError(_no_such(there, address.column, list(known)))
        keys = mart(address.schema, address.name).keys
        for key in keys:
            if len(key) != len(address.row):
                continue
            condition = " and ".join(
                _equals(column, part) for column, part in zip(key, address.row, strict=True)
            )
            # Small tables are read at once, as all of their cells may be explained.
            only = "" if address.table in SMALL_TABLES else f" where {condition}"
            if found := self._by_key(address.table, key, only).get(address.row):
                return found, condition
        raise ExplainError(self._no_row(address, keys))

    def _by_key(self, table: str, key: tuple[str, ...], only: str) -> dict[tuple[str, ...], Row]:
        """Return rows of a table by the text of their key."""
        cache_key = (table + only, key)
        if cache_key not in self._rows:
            texts = ", ".join(f"coalesce(cast(\"{column}\" as varchar), '')" for column in key)
            cursor = self.connection.execute(f"select [{texts}], * from {table}{only}")
            names = [column[0] for column in cursor.description or []][1:]
            self._rows[cache_key] = {
                tuple(parts): dict(zip(names, values, strict=True))
                for parts, *values in cursor.fetchall()
            }
        return self._rows[cache_key]

    def _no_row(self, address: Address, keys: tuple[tuple[str, ...], ...]) -> str:
        if not keys:
            return f"{address.table} has no key, so its rows have no addresses.\n{HELP}"
        named = " or ".join(", ".join(key) for key in keys)
        last = ", ".join(f'"{column}"' for column in keys[-1])
        there = self.rows(f"select concat_ws(',', {last}) from {address.table} order by all")
        return _no_such(
            f"row of {address.table} with {named}",
            ",".join(address.row),
            [row[0] for row in there],
        )

    def patients(
        self, query: str, relation: str, source_columns: SourceColumns
    ) -> tuple[Patient, ...]:
        """Return the patients that a query lists (admission_key, study_group, value, is_counted).

        Lines are read once for all patients of the study.
        """
        cache_key = (query, source_columns)
        if cache_key not in self._patients:
            shared = relation.startswith("study.")
            lines = self.lines(
                f"select admission_key from {relation}" if shared else query, source_columns
            )
            self._patients[cache_key] = tuple(
                Patient(key, group, value, counted, lines.get(key, ()))
                for key, group, value, counted in self.rows(query)
            )
        return self._patients[cache_key]

    def lines(
        self, patients: str, source_columns: SourceColumns
    ) -> dict[str, tuple[SourceLine, ...]]:
        """Return the delivered lines of these registry columns, by patient."""
        whose = f"select admission_key from (\n{patients}\n)"
        cache_key = (source_columns, whose)
        if cache_key not in self._lines:
            found: dict[str, list[SourceLine]] = defaultdict(list)
            for table in self.delivered_tables:
                prefix = f"{table}."
                columns = [each.removeprefix(prefix) for each in source_columns if prefix in each]
                if columns:
                    self._read_lines(table, columns, whose, found)
            self._lines[cache_key] = {key: tuple(lines) for key, lines in found.items()}
        return self._lines[cache_key]

    def _read_lines(
        self, table: str, columns: list[str], whose: str, found: dict[str, list[SourceLine]]
    ) -> None:
        used = f" and {ROWS_USED[table]}" if table in ROWS_USED else ""
        for key, file, line, delivered_on, *values in self.rows(
            f"select admission_key, source_file, source_row, delivered_on, {', '.join(columns)} "
            f"from registry.{table} where admission_key in ({whose}){used} "
            "order by admission_key, delivered_on, source_file, source_row"
        ):
            fields = tuple(zip(columns, values, strict=True))
            found[key].append(SourceLine(table, file, line, delivered_on, fields))


def _equals(column: str, part: str) -> str:
    return f'cast("{column}" as varchar) = {text(part)}' if part else f'"{column}" is null'


def _no_such(kind: str, name: str, there: list[Any]) -> str:
    names = [str(each) for each in there]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    meant = f" Did you mean {' or '.join(near)}?" if near else f" There are: {_some(names)}."
    return f"There is no {kind} {name!r}.{meant}\n{HELP}"


def _some(names: list[str], most: int = 12) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown

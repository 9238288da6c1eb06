"""Reading a release for explanations: rows, comments, patients and lines, each asked once."""

from __future__ import annotations

import difflib
from collections import defaultdict
from functools import cached_property
from typing import Any

import duckdb

from warehouse.dbt.project import mart
from warehouse.explain.address import HELP, Address
from warehouse.explain.explanation import ExplainError, Patient, SourceLine
from warehouse.explain.summaries import text

Row = dict[str, Any]
MadeFrom = tuple[str, ...]
"""Columns of the registry that a value is made from, as ``patients.age_years``."""

REGISTRY_TABLES = ("patients", "procedures", "imaging", "followups")
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
    """A release that is open for reading; remembers what it was asked."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._rows: dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], Row]] = {}
        self._lines: dict[tuple[MadeFrom, str], dict[str, tuple[SourceLine, ...]]] = {}
        self._counts: dict[str, list[tuple[Any, ...]]] = {}
        self._patients: dict[tuple[str, MadeFrom], tuple[Patient, ...]] = {}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(query).fetchall()

    def rows_once(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query that several cells ask; it is put once."""
        if query not in self._counts:
            self._counts[query] = self.rows(query)
        return self._counts[query]

    @cached_property
    def comments(self) -> dict[str, dict[str, str]]:
        """What each column of each published table means, by table and column, in their order."""
        comments: dict[str, dict[str, str]] = defaultdict(dict)
        for table, column, comment in self.rows(
            """
            select schema_name || '.' || table_name, column_name, coalesce(comment, '')
            from duckdb_columns()
            where not internal and database_name = current_database()
            order by 1, column_index
            """
        ):
            comments[table][column] = comment
        return dict(comments)

    def made_from(self, address: Address) -> MadeFrom:
        """Registry columns that a column is made from, as the project says it.

        A column of the registry under the same name needs no saying.
        """
        declared = mart(address.schema, address.name)
        said = declared.column_meta.get(address.column, {}).get("made_from")
        if said:
            return tuple(said)
        same_name = (
            f"{table}.{address.column}"
            for table in REGISTRY_TABLES
            if address.column in self.comments.get(f"registry.{table}", {})
        )
        return tuple(each for each in [next(same_name, None)] if each)

    def row(self, address: Address) -> tuple[Row, str]:
        """The row of an address, and the SQL condition that finds it.

        Raises ExplainError that says which tables, columns or keys there are.
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
            # a table that counts patients is small, and all of its cells may be asked for
            only = "" if address.table in SMALL_TABLES else f" where {condition}"
            if found := self._by_key(address.table, key, only).get(address.row):
                return found, condition
        raise ExplainError(self._no_row(address, keys))

    def _by_key(self, table: str, key: tuple[str, ...], only: str) -> dict[tuple[str, ...], Row]:
        """Rows of a table by the text of their key."""
        asked = (table + only, key)
        if asked not in self._rows:
            texts = ", ".join(f"coalesce(cast(\"{column}\" as varchar), '')" for column in key)
            cursor = self.connection.execute(f"select [{texts}], * from {table}{only}")
            names = [column[0] for column in cursor.description or []][1:]
            self._rows[asked] = {
                tuple(parts): dict(zip(names, values, strict=True))
                for parts, *values in cursor.fetchall()
            }
        return self._rows[asked]

    def _no_row(self, address: Address, keys: tuple[tuple[str, ...], ...]) -> str:
        if not keys:
            return f"The rows of {address.table} have no key to name one by.\n{HELP}"
        named = " or by ".join(", ".join(key) for key in keys)
        last = ", ".join(f'"{column}"' for column in keys[-1])
        there = self.rows(f"select concat_ws(',', {last}) from {address.table} order by all")
        return _no_such(
            f"row of {address.table} (named by {named})",
            ",".join(address.row),
            [row[0] for row in there],
        )

    def patients(self, query: str, relation: str, made_from: MadeFrom) -> tuple[Patient, ...]:
        """The patients that a query lists (admission_key, study_group, value, is_counted).

        Lines are read once for all patients of the study, which its numbers share.
        """
        asked = (query, made_from)
        if asked not in self._patients:
            shared = relation.startswith("study.")
            lines = self.lines(
                f"select admission_key from {relation}" if shared else query, made_from
            )
            self._patients[asked] = tuple(
                Patient(key, group, value, counted, lines.get(key, ()))
                for key, group, value, counted in self.rows(query)
            )
        return self._patients[asked]

    def lines(self, patients: str, made_from: MadeFrom) -> dict[str, tuple[SourceLine, ...]]:
        """The delivered lines that registry columns of the listed patients come from."""
        whose = f"select admission_key from (\n{patients}\n)"
        asked = (made_from, whose)
        if asked not in self._lines:
            found: dict[str, list[SourceLine]] = defaultdict(list)
            for table in REGISTRY_TABLES:
                prefix = f"{table}."
                columns = [each.removeprefix(prefix) for each in made_from if prefix in each]
                if columns:
                    self._read_lines(table, columns, whose, found)
            self._lines[asked] = {key: tuple(lines) for key, lines in found.items()}
        return self._lines[asked]

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

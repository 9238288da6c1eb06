"""Cached reads of a release for explanations: rows, comments, patients and lines."""

from __future__ import annotations

import difflib
from collections import defaultdict
from functools import cached_property
from typing import Any

import duckdb

from warehouse.dbt.project import mart
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.study import OF_SUBGROUPS
from warehouse.explain.address import HELP, Address
from warehouse.explain.explanation import ExplainError, SourceLine
from warehouse.explain.patient_list import LinesByKey, PatientList, SourceColumns
from warehouse.explain.study import ExplainedStudy, TableLine, variable_sources
from warehouse.explain.summaries import text

Row = dict[str, Any]

# Tables that are read at once, as all of their cells may be explained.
LARGE_TABLES = {"cohort", "eligibility", "members", "criteria"}
INDICATORS = "registry.monthly_indicators"
LARGE_SCHEMAS = {"registry", "quality", "ops"}
STUDY_SCHEMA = """
select distinct schema_name from duckdb_views()
where view_name = 'study_groups' and database_name = current_database()
"""
# Outcomes and times are counted from the first thrombectomy.
ROWS_USED = {"procedures": "is_index_procedure"}


class Release:
    """Release that is open for reading, with cached queries."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._rows: dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], Row]] = {}
        self._lines: dict[tuple[SourceColumns, str], LinesByKey] = {}
        self._counts: dict[str, list[tuple[Any, ...]]] = {}
        self._studies: dict[str, ExplainedStudy] = {}
        self._patients: dict[tuple[str, SourceColumns], PatientList] = {}

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
        """Meaning of each column of each published table, by table and column, in their order."""
        comments: dict[str, dict[str, str]] = defaultdict(dict)
        for table, column, comment in self.rows(
            """
            select schema_name || '.' || table_name, column_name, coalesce(comment, '')
            from duckdb_columns()
            where not internal and database_name = current_database() and schema_name <> 'main'
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

    @cached_property
    def study_schemas(self) -> frozenset[str]:
        """Schemas with the views of a study."""
        return frozenset(schema for (schema,) in self.rows(STUDY_SCHEMA))

    def study(self, schema: str, row: Row) -> ExplainedStudy | None:
        """Return the study of a schema, or of a row of the schema ``studies``; None of others."""
        name = row.get("study") if schema == "studies" else schema
        if name not in self.study_schemas:
            return None
        if name not in self._studies:
            self._studies[name] = self._read_study(name)
        return self._studies[name]

    def _read_study(self, schema: str) -> ExplainedStudy:
        ((place, quartile_type, reference),) = self.rows(
            f"select place, quartile_type, reference from {schema}.definition"
        )
        ((name,),) = self.rows(f"select study from studies.definitions where place = {place}")
        groups = self.rows(f"select prefix, study_group from {schema}.study_groups order by place")
        lines = self.rows(
            f"select variable, summary, decimals, table_name from {schema}.table_lines"
        )
        return ExplainedStudy(
            schema,
            name,
            dict(groups),
            {variable: TableLine(*line) for variable, *line, _ in lines},
            frozenset(f"{table}{of}" for *_, table in lines for of in ("", OF_SUBGROUPS)),
            quartile_type,
            reference,
            self._subgroups(name),
        )

    def _subgroups(self, study: str) -> dict[str, str]:
        """Return the characteristic of each subgroup of a study; none of an early version."""
        if "studies.subgroups" not in self.comments:
            return {}
        named = "select subgroup, characteristic from studies.subgroups where study = "
        return dict(self.rows(named + text(study)))

    def source_columns(self, address: Address) -> SourceColumns:
        """Return the registry columns that a column is computed from, as the project declares.

        A registry column of the same name need not be declared.
        """
        declared = mart(address.schema, address.name)
        sources = declared.column_meta.get(address.column, {}).get("made_from")
        if sources:
            return tuple(sources)
        study = self.study(address.schema, {})
        if study and (own := variable_sources(study.name).get(address.column)):
            return own
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
            is_large = address.name in LARGE_TABLES or address.schema in LARGE_SCHEMAS
            if address.table == INDICATORS:
                is_large = False
            only = f" where {condition}" if is_large else ""
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
            rows = self._rows[cache_key] = {}
            for parts, *values in cursor.fetchall():
                # Of a line of levels, the line itself comes before its levels.
                rows.setdefault(tuple(parts), dict(zip(names, values, strict=True)))
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

    def patients(self, query: str, relation: str, source_columns: SourceColumns) -> PatientList:
        """Return the patients that a query lists; the same list for the same question.

        The lines of a study's patients are read once for all of its numbers.
        """
        key = (query, source_columns)
        if key not in self._patients:
            shared = not relation.startswith("registry.")
            whose = f"select admission_key from {relation}" if shared else query
            self._patients[key] = PatientList(self, query, whose, source_columns)
        return self._patients[key]

    def lines(self, patients: str, source_columns: SourceColumns) -> LinesByKey:
        """Return the delivered lines of these registry columns, by patient."""
        whose = f"select admission_key from (\n{patients}\n)"
        key = (source_columns, whose)
        if key not in self._lines:
            self._lines[key] = self._read_lines(source_columns, whose)
        return self._lines[key]

    def lines_of(self, source_columns: SourceColumns, keys: list[str]) -> LinesByKey:
        """Return the delivered lines of these registry columns of some admissions."""
        return self._read_lines(source_columns, "select unnest(?)", [keys])

    def _read_lines(
        self, source_columns: SourceColumns, whose: str, given: list[Any] | None = None
    ) -> LinesByKey:
        found: dict[str, list[SourceLine]] = defaultdict(list)
        for table in self.delivered_tables:
            prefix = f"{table}."
            columns = [each.removeprefix(prefix) for each in source_columns if prefix in each]
            if not columns:
                continue
            used = f" and {ROWS_USED[table]}" if table in ROWS_USED else ""
            for key, file, line, delivered_on, *values in self.connection.execute(
                f"select admission_key, source_file, source_row, delivered_on, "
                f"{', '.join(columns)} "
                f"from registry.{table} where admission_key in ({whose}){used} "
                "order by admission_key, delivered_on, source_file, source_row",
                given,
            ).fetchall():
                fields = tuple(zip(columns, values, strict=True))
                found[key].append(SourceLine(table, file, line, delivered_on, fields))
        return {key: tuple(lines) for key, lines in found.items()}


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

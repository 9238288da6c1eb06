"""Explanation of the cells of one release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from warehouse.dbt.project import derived_in, mart, models, module
from warehouse.definitions.study import VIEWS
from warehouse.explain.address import COMPARISON, Address, parse_address
from warehouse.explain.calculation import NO_LEVEL
from warehouse.explain.explanation import ExplainError, Explanation, Patient, SourceLine
from warehouse.explain.patient_list import OnePatient, SourceColumns
from warehouse.explain.provenance import (
    Provenance,
    of_comparison,
    of_monthly_indicators,
    of_mrs_distribution,
    of_patient_flow,
    of_study_table,
    of_table_cell,
)
from warehouse.explain.published import of_published
from warehouse.explain.release import Release, Row
from warehouse.explain.study import step_sources
from warehouse.explain.summaries import text
from warehouse.sql_shell.session import explained_damage, open_file
from warehouse.statistics.calls import Call

OF_STUDY = {
    "table_cells": of_table_cell,
    "comparisons": of_comparison,
    "mrs_distribution": of_mrs_distribution,
    "patient_flow": of_patient_flow,
    "flow_steps": of_patient_flow,
    "published_comparison": of_published,
}
# Source columns of the whole patient flow, if no step names its own.
EVERY_STEP = ("patients.etiology", "procedures.rescue_stent", "followups.mrs")


class Explainer:
    """Explainer of the numbers of a release on a connection; queries are cached."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.release = Release(connection)

    def explain(self, name: str) -> Explanation:
        """Explain an id of the published comparison or a cell named as schema.table:row:column.

        Raises ExplainError if there is no such number.
        """
        return self.cell(parse_address(name))

    def cell(self, address: Address) -> Explanation:
        """Explain a cell of a published table. Raises ExplainError if there is none."""
        row, condition = self.release.row(address)
        provenance = self._provenance(address, row)
        if provenance is None:
            return self._row_cell(address, row, condition)
        source_columns = self._source_columns(provenance)
        call = self._call(provenance)
        return Explanation(
            address=str(address),
            value=row[address.column],
            definition=self._definition(address, row, provenance.subject, source_columns),
            query=provenance.query,
            models=(
                *([module(call.function.__module__)] if call else []),
                *models(
                    *provenance.models, *_deriving(provenance, source_columns), _model(address)
                ),
            ),
            behind=self.release.patients(
                provenance.patients_query, provenance.relation, source_columns
            ),
            patients_query=provenance.patients_query,
            function_call=call,
        )

    def _call(self, provenance: Provenance) -> Call | None:
        """Return the function call that computes the number from the counts of this release."""
        if provenance.calculation is None:
            return None
        return provenance.calculation.call(self.release.rows_once(provenance.query))

    def _provenance(self, address: Address, row: Row) -> Provenance | None:
        if address.table == "registry.monthly_indicators":
            return of_monthly_indicators(row, address.column)
        study = self.release.study(address.schema, row)
        if study is None:
            return None
        of_table = of_study_table if address.name in study.tables else OF_STUDY.get(address.name)
        return of_table(row, address.column, study) if of_table else None

    def _source_columns(self, provenance: Provenance) -> SourceColumns:
        if provenance.subject is not None:
            table, column = provenance.subject
            return self.release.source_columns(Address(table, (), column))
        study = self.release.study(provenance.relation.partition(".")[0], {})
        by_step = step_sources(study.name) if study else {}
        steps = [each for step in provenance.steps for each in by_step.get(step, ())]
        return tuple(dict.fromkeys(steps)) or EVERY_STEP

    def _row_cell(self, address: Address, row: Row, condition: str) -> Explanation:
        """Explain a cell that is a value of its row, not a number of several patients."""
        source_columns = self._source_columns_of_row(address, row)
        patient = None
        if row.get("admission_key"):
            patient = OnePatient(self._patient_of_row(address, row, source_columns))
        return Explanation(
            address=str(address),
            value=row[address.column],
            definition=self._definition(address, row, None, source_columns),
            query=f"select {address.column}\nfrom {address.table}\nwhere {condition}",
            models=models(*_deriving_column(address.column, source_columns), _model(address)),
            behind=patient,
            lines=() if patient else self._own_line(address, row, source_columns),
        )

    def _source_columns_of_row(self, address: Address, row: Row) -> SourceColumns:
        study = self.release.study(address.schema, row)
        if study and "step_name" in row and row.get("admission_key"):
            return step_sources(study.name).get(row["step_name"], ())
        own = (f"{address.name}.{address.column}",)
        meta = mart(address.schema, address.name).column_meta.get(address.column, {})
        if address.schema == "registry" and address.name in self.release.delivered_tables:
            return tuple(meta.get("made_from", own))
        return self.release.source_columns(address) if row.get("admission_key") else ()

    def _patient_of_row(self, address: Address, row: Row, source_columns: SourceColumns) -> Patient:
        key = row["admission_key"]
        whose = f"select {text(key)} as admission_key"
        own = self._own_line(address, row, source_columns)
        others = tuple(each for each in source_columns if not own or not _is_of(address.name, each))
        lines = own + self.release.lines(whose, others).get(key, ())
        return Patient(key, row.get("study_group"), row[address.column], True, lines)

    def _own_line(
        self, address: Address, row: Row, source_columns: SourceColumns
    ) -> tuple[SourceLine, ...]:
        """Return the delivered line that a row has as its source."""
        if row.get("source_file") is None or row.get("source_row") is None:
            return ()
        used = [each.partition(".")[2] for each in source_columns if _is_of(address.name, each)]
        fields = tuple((column, row[column]) for column in used)
        return (
            SourceLine(
                address.name, row["source_file"], row["source_row"], row["delivered_on"], fields
            ),
        )

    def _definition(
        self,
        address: Address,
        row: Row,
        subject: tuple[str, str] | None,
        source_columns: SourceColumns,
    ) -> tuple[str, ...]:
        comments = self.release.comments
        sentences = [comments[address.table][address.column]]
        if address.name == COMPARISON:
            sentences.append(_comparison_text(row))
        if "label" in row and address.column != "label":
            level = row.get("level") or NO_LEVEL
            of_level = "" if level == NO_LEVEL else f", {level}"
            sentences.append(f"The row: {row['label']}{of_level}.")
        if subject:
            table, column = subject
            sentences.append(f"{table}.{column}: {comments[table][column]}")
        for each in source_columns:
            table, _, column = each.partition(".")
            comment = comments[f"registry.{table}"][column]
            sentences.append(f"registry.{table}.{column}: {comment}")
        return tuple(dict.fromkeys(sentences))


@contextmanager
def open_explainer(release: Path) -> Iterator[Explainer]:
    """Open an explainer on a release file, read-only.

    Raises ExplainError if there is no such file, ReleaseFileError if it is damaged or no release.
    """
    if not release.exists():
        raise ExplainError(
            f"There is no release at {release} yet. Run a refresh first: warehouse refresh"
        )
    with explained_damage(release), open_file(release) as connection:
        yield Explainer(connection)


def _model(address: Address) -> str:
    """Return the model of a table; of a view of a study, that of its long table."""
    return VIEWS.get(address.name, address.name)


def _is_of(table: str, source_columns: str) -> bool:
    return source_columns.partition(".")[0] == table


def _comparison_text(row: dict[str, Any]) -> str:
    note = f" {row['note']}" if row["note"] else ""
    return (
        f"{row['location']}, {row['variable']} ({row['statistic']}): the paper prints "
        f"{row['printed']}, derived is {row['derived']} ({row['verdict']}).{note}"
    )


def _deriving(provenance: Provenance, source_columns: SourceColumns) -> tuple[str, ...]:
    return _deriving_column(provenance.subject[1], source_columns) if provenance.subject else ()


def _deriving_column(column: str, source_columns: SourceColumns) -> tuple[str, ...]:
    tables = tuple(dict.fromkeys(each.partition(".")[0] for each in source_columns))
    return derived_in(column, tables)

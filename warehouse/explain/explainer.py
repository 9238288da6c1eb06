"""Explains cells of one release."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from warehouse.dbt.project import derived_in, mart, models, module
from warehouse.explain.address import COMPARISON, Address, parse_address
from warehouse.explain.explanation import ExplainError, Explanation, Patient, SourceLine
from warehouse.explain.provenance import (
    Provenance,
    of_monthly_indicators,
    of_mrs_distribution,
    of_patient_flow,
    of_study_table,
)
from warehouse.explain.published import of_published
from warehouse.explain.release import REGISTRY_TABLES, MadeFrom, Release, Row
from warehouse.explain.summaries import text
from warehouse.statistics.catalogue import Call

OF_TABLE = {
    "study.table1_baseline": of_study_table,
    "study.table2_outcomes": of_study_table,
    "study.mrs_distribution": of_mrs_distribution,
    "study.patient_flow": of_patient_flow,
    "registry.monthly_indicators": of_monthly_indicators,
}
# The columns of the comparison that are numbers of patients; others only describe them.
DERIVED = ("derived", "derived_value")
# What every patient of the flow was judged by, where no single step says it.
EVERY_STEP = ("patients.etiology", "procedures.rescue_stent", "followups.mrs")


class Explainer:
    """Explains numbers of the release on a connection; each question is put to it once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.release = Release(connection)

    def explain(self, name: str) -> Explanation:
        """Explain an id of the published comparison or a cell named as schema.table:row:column.

        Raises ExplainError when there is no such number.
        """
        return self.cell(parse_address(name))

    def cell(self, address: Address) -> Explanation:
        """Explain a cell of a published table. Raises ExplainError when there is none."""
        row, condition = self.release.row(address)
        basis = self._basis(address, row)
        if basis is None:
            return self._row_cell(address, row, condition)
        made_from = self._made_from(basis)
        call = self._call(basis)
        return Explanation(
            address=str(address),
            value=row[address.column],
            definition=self._definition(address, row, basis.subject, made_from),
            query=basis.query,
            models=(
                *([module(call.function.__module__)] if call else []),
                *models(*basis.models, *_deriving(basis, made_from), address.name),
            ),
            patients=self.release.patients(basis.patients_query, basis.relation, made_from),
            patients_query=basis.patients_query,
            call=call.text if call else None,
            computed=call.run() if call else None,
        )

    def _call(self, basis: Provenance) -> Call | None:
        """The function call that gives the number, with the counts of this release."""
        if basis.calculation is None:
            return None
        return basis.calculation.call(self.release.rows_once(basis.query))

    def _basis(self, address: Address, row: Row) -> Provenance | None:
        if address.table == COMPARISON:
            return of_published(row) if address.column in DERIVED else None
        of_table = OF_TABLE.get(address.table)
        return of_table(row, address.column) if of_table else None

    def _made_from(self, basis: Provenance) -> MadeFrom:
        if basis.subject is not None:
            table, column = basis.subject
            return self.release.made_from(Address(table, (), column))
        by_step = mart("study", "eligibility").meta["made_from_by_step"]
        steps = [each for step in basis.steps for each in by_step.get(step, [])]
        return tuple(dict.fromkeys(steps)) or EVERY_STEP

    def _row_cell(self, address: Address, row: Row, condition: str) -> Explanation:
        """A cell that stands in its row and is no number of several patients."""
        made_from = self._made_from_of_row(address, row)
        value, patients = row[address.column], ()
        if row.get("admission_key"):
            patients = (self._patient_of_row(address, row, made_from),)
        return Explanation(
            address=str(address),
            value=value,
            definition=self._definition(address, row, None, made_from),
            query=f"select {address.column}\nfrom {address.table}\nwhere {condition}",
            models=models(*_deriving_column(address.column, made_from), address.name),
            patients=patients,
            lines=() if patients else self._own_line(address, row, made_from),
        )

    def _made_from_of_row(self, address: Address, row: Row) -> MadeFrom:
        if address.table == "study.eligibility":
            return tuple(mart("study", "eligibility").meta["made_from_by_step"][row["step_name"]])
        own = (f"{address.name}.{address.column}",)
        said = mart(address.schema, address.name).column_meta.get(address.column, {})
        if address.schema == "registry" and address.name in REGISTRY_TABLES:
            return tuple(said.get("made_from", own))
        return self.release.made_from(address) if row.get("admission_key") else ()

    def _patient_of_row(self, address: Address, row: Row, made_from: MadeFrom) -> Patient:
        key = row["admission_key"]
        whose = f"select {text(key)} as admission_key"
        own = self._own_line(address, row, made_from)
        others = tuple(each for each in made_from if not own or not _is_of(address.name, each))
        lines = own + self.release.lines(whose, others).get(key, ())
        return Patient(key, row.get("study_group"), row[address.column], True, lines)

    def _own_line(self, address: Address, row: Row, made_from: MadeFrom) -> tuple[SourceLine, ...]:
        """The line that a row names as its source."""
        if row.get("source_file") is None or row.get("source_row") is None:
            return ()
        used = [each.partition(".")[2] for each in made_from if _is_of(address.name, each)]
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
        made_from: MadeFrom,
    ) -> tuple[str, ...]:
        comments = self.release.comments
        said = [comments[address.table][address.column]]
        if address.table == COMPARISON:
            said.append(_beside_the_paper(row))
        if "label" in row and address.column != "label":
            said.append(f"The row: {row['label']}.")
        if subject:
            table, column = subject
            said.append(f"{table}.{column}: {comments[table][column]}")
        for each in made_from:
            table, _, column = each.partition(".")
            said.append(f"registry.{table}.{column}: {comments[f'registry.{table}'][column]}")
        return tuple(dict.fromkeys(said))


@contextmanager
def open_explainer(release: Path) -> Iterator[Explainer]:
    """An explainer on a release file, opened read-only.

    Raises ExplainError when there is no such file.
    """
    if not release.exists():
        raise ExplainError(
            f"There is no release at {release} yet. Run a refresh first: warehouse refresh"
        )
    with duckdb.connect(release, read_only=True) as connection:
        yield Explainer(connection)


def _is_of(table: str, made_from: str) -> bool:
    return made_from.partition(".")[0] == table


def _beside_the_paper(row: dict[str, Any]) -> str:
    told = f" {row['note']}" if row["note"] else ""
    return (
        f"{row['location']}, {row['variable']} ({row['statistic']}): the paper prints "
        f"{row['printed']}, derived is {row['derived']} ({row['verdict']}).{told}"
    )


def _deriving(basis: Provenance, made_from: MadeFrom) -> tuple[str, ...]:
    return _deriving_column(basis.subject[1], made_from) if basis.subject else ()


def _deriving_column(column: str, made_from: MadeFrom) -> tuple[str, ...]:
    tables = tuple(dict.fromkeys(each.partition(".")[0] for each in made_from))
    return derived_in(column, tables)

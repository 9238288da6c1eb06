"""Small work databases of landed rows with verdicts, and the states of their records.

All rows are invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from warehouse.checks.records import create_record_tables, create_states, store_record_versions
from warehouse.checks.results import CREATE_RESULTS
from warehouse.checks.versions import create_versions_table
from warehouse.definitions.accepted_losses import AcceptedLoss
from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.raw_columns import FILES, LANDING_VIOLATIONS, landed_columns

Row = tuple[Any, ...]


def day(number: int) -> date:
    """A day of January 2022."""
    return date(2022, 1, number)


@dataclass(frozen=True)
class Sent:
    """A delivered file: its name, day and rows, ``key``, ``key=patient`` or ``-`` for no key.

    ``!`` after a row rejects it, ``?`` flags it. ``values`` is what its rows say.
    """

    name: str
    on: int
    rows: str = ""
    extract: str = "imaging"
    mode: str = "delta"
    status: str = "landed"
    site: str = "s"
    unreadable: int = 0
    copy_of: str | None = None
    values: int = 5
    has_unread_records: bool = False


def stated(
    *files: Sent,
    held: tuple[tuple[str, int], ...] = (),
    accepted: tuple[AcceptedLoss, ...] = (),
) -> duckdb.DuckDBPyConnection:
    """The states of the records of these files; ``held`` names extract and day of held ones."""
    connection = duckdb.connect()
    connection.execute("create schema raw")
    connection.execute(CREATE_RESULTS)
    for table, columns in (("landing_violations", LANDING_VIOLATIONS), ("files", FILES)):
        _create(connection, table, columns)
    for extract in EXTRACTS:
        _create(connection, extract, landed_columns(dictionary().extracts[extract]))
    for file in files:
        _load(connection, file)
    for extract, number in held:
        connection.execute(
            "insert into raw.held_deliveries values (?, 's', ?, 'r')", [extract, day(number)]
        )
    create_record_tables(connection, accepted)
    for extract in EXTRACTS:
        create_versions_table(connection, dictionary().extracts[extract])
        create_states(connection, extract)
        store_record_versions(connection, extract)
    return connection


def states(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Each row with its status, next version and withdrawal, days as their number."""
    return connection.execute(
        """
        select row_id, version_status, next_version_file, day(next_version_on),
            withdrawn_file, day(withdrawn_on)
        from raw.record_versions order by row_id, delivered_on
        """
    ).fetchall()


def _create(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str]) -> None:
    declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    connection.execute(f"create table raw.{table} ({declared})")


def _load(connection: duckdb.DuckDBPyConnection, file: Sent) -> None:
    connection.execute(
        "insert into raw.files (file_id, source_file, site, delivered_on, extract, mode, status, "
        "rows_unreadable, rows_unread, has_unread_records, duplicate_of) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, 3, ?, ?)",
        [file.name, file.name, file.site, day(file.on), file.extract, file.mode,
         "duplicate" if file.copy_of else file.status, file.unreadable,
         file.has_unread_records, file.copy_of],
    )  # fmt: skip
    for line, row in enumerate(file.rows.split(), start=2):
        key, _, patient = row.rstrip("!?").partition("=")
        row_id = f"{file.name}:{line}"
        connection.execute(
            f"insert into raw.{file.extract} (row_id, site, delivered_on, source_file, file_id, "
            "source_row, record_key, patient_key, admission_key, unparsed_fields) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [row_id, file.site, day(file.on), file.name, file.name, line,
             None if key == "-" else key, patient or key, patient or key, [str(file.values)]],
        )  # fmt: skip
        severity = {"!": "reject", "?": "warn"}.get(row[-1])
        if severity:
            connection.execute(
                "insert into raw.check_failures (rule, extract, row_id, severity) "
                "values ('r', ?, ?, ?)",
                [file.extract, row_id, severity],
            )

"""A query for a script: run, written in one format, done."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from warehouse.query.session import QueryError, Result, Session
from warehouse.query.writers import BINARY, Format, new_file, standard_output, write_result


@dataclass(frozen=True)
class Wanted:
    """How the result is wanted: format, file (none: standard output), made for Excel or not."""

    form: Format
    output: Path | None = None
    for_excel: bool = False


def chosen_format(form: Format | None, output: Path | None) -> Format:
    """The format that was asked for, or that a file's name ends in, or a table.

    Raises QueryError for a name that ends in none.
    """
    if form is not None or output is None:
        return form or Format.table
    try:
        return Format(output.suffix.removeprefix(".").lower())
    except ValueError as error:
        known = ", ".join(Format)
        raise QueryError(
            f"{output.name} does not say its format. Say --format, one of {known}."
        ) from error


def run_script(session: Session, sql: str, wanted: Wanted) -> None:
    """Run statements and write the result: of each one as tables, of the last one otherwise.

    Raises QueryError. A reader that has seen enough (``| head``) is no error.
    """
    if wanted.output is None and wanted.form in BINARY and sys.stdout.isatty():
        raise QueryError(
            f"{wanted.form} is no text for a terminal. Say where it goes: --output FILE"
        )
    with standard_output() if wanted.output is None else new_file(wanted.output) as target:
        _write(session, sql, wanted, target)


def _write(session: Session, sql: str, wanted: Wanted, target: BinaryIO) -> None:
    last: Result | None = None
    written = 0
    for result in session.results(sql):
        if wanted.form is Format.table:
            target.write(b"\n" if written else b"")
            write_result(result, wanted.form, target)
            written += 1
        last = result
    if last is None:
        raise QueryError("No statement returned rows, so there is nothing to write.")
    if wanted.form is not Format.table:
        write_result(last, wanted.form, target, wanted.for_excel)

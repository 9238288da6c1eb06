"""SQL from a script: run statements and write the result in one format."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from warehouse.sql_shell.session import QueryError, Result, Session
from warehouse.sql_shell.writers import BINARY, Format, new_file, standard_output, write_result


@dataclass(frozen=True)
class OutputOptions:
    """Output of a result: format, file (None: standard output), whether it is for Excel."""

    form: Format
    output: Path | None = None
    for_excel: bool = False


def chosen_format(form: Format | None, output: Path | None) -> Format:
    """Return the given format, or the one of the file's ending, or a table.

    Raises QueryError for an unknown ending.
    """
    if form is not None or output is None:
        return form or Format.table
    try:
        return Format(output.suffix.removeprefix(".").lower())
    except ValueError as error:
        known = ", ".join(Format)
        raise QueryError(
            f"{output.name} has no ending of a known format. Give --format, one of {known}."
        ) from error


def run_script(session: Session, sql: str, options: OutputOptions) -> None:
    """Run statements and write every result as a table, or the last one in another format.

    Raises QueryError. A closed pipe (``| head``) is no error.
    """
    if options.output is None and options.form in BINARY and sys.stdout.isatty():
        raise QueryError(
            f"{options.form} cannot be printed to a terminal. Give a file: --output FILE"
        )
    with standard_output() if options.output is None else new_file(options.output) as target:
        _write(session, sql, options, target)


def _write(session: Session, sql: str, options: OutputOptions, target: BinaryIO) -> None:
    last: Result | None = None
    written = 0
    for result in session.results(sql):
        if options.form is Format.table:
            target.write(b"\n" if written else b"")
            write_result(result, options.form, target)
            written += 1
        last = result
    if last is None:
        raise QueryError("No statement returned rows, so there is nothing to write. Add a select.")
    if options.form is not Format.table:
        write_result(last, options.form, target, options.for_excel)

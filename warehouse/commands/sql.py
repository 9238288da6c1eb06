"""``warehouse sql``."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from warehouse.settings import settings
from warehouse.sql_shell.writers import Format


def sql(
    query: Annotated[
        str | None,
        typer.Argument(help="SQL, best in quotes. Without it: standard input, or a shell."),
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="Format of the result (default: table)."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File for the result.")
    ] = None,
    release: Annotated[
        str | None, typer.Option(help="An earlier release; .releases in the shell lists them.")
    ] = None,
    excel: Annotated[
        bool, typer.Option("--excel", help="CSV that Excel opens as UTF-8, with formulas as text.")
    ] = False,
) -> None:
    """Query the current release, read-only: in a shell, or from a script.

    \b
    Examples:
      warehouse sql
      warehouse sql "select * from study.table1_baseline" -o table1.csv
    """
    from warehouse.sql_shell.script import OutputOptions, chosen_format, run_script
    from warehouse.sql_shell.session import Session, release_path

    path = release_path(settings(), release)
    if query is None and sys.stdin.isatty():
        from warehouse.sql_shell.shell import Shell

        Shell(settings(), path).run()
        return
    text = sys.stdin.buffer.read().decode("utf-8-sig") if query is None else query
    options = OutputOptions(chosen_format(form, output), output, excel)
    with closing(Session(path)) as session:
        run_script(session, text, options)

"""``warehouse check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warehouse.commands.console import say
from warehouse.settings import settings


def check(
    files: Annotated[list[Path], typer.Argument(help="Files that are to be delivered.")],
    site: Annotated[str | None, typer.Option(help="Site that delivers the files.")] = None,
    extract: Annotated[
        str | None, typer.Option(help="Extract in the files, if their names do not show it.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Each finding by itself, with all its lines.")
    ] = False,
) -> None:
    """Check files before delivery, without writing anything. Exit code 3: rows would be rejected.

    \b
    Examples:
      warehouse check admissions.csv --site north
      warehouse check *.xlsx
    """
    from warehouse.preflight.run import Question, preflight

    verdict = preflight(Question(files, site, extract, every=every), settings(), say)
    raise typer.Exit(verdict.exit_code)

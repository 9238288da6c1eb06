"""``warehouse check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warehouse.commands.console import say
from warehouse.settings import settings


def check(
    files: Annotated[list[Path], typer.Argument(help="Files that are to be delivered.")],
    site: Annotated[str | None, typer.Option(help="Whose files they are.")] = None,
    extract: Annotated[
        str | None, typer.Option(help="What they hold, where their names do not say it.")
    ] = None,
) -> None:
    """Check files before they are delivered; write nothing. Exit code 3: rows must be corrected.

    \b
    Examples:
      warehouse check admissions.csv --site north
      warehouse check *.xlsx
    """
    from warehouse.preflight.run import Question, preflight

    verdict = preflight(Question(files, site, extract), settings(), say)
    raise typer.Exit(verdict.exit_code)

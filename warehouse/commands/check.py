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
    """Judge files before they are delivered; nothing is written. Exit code 3: rows to mend."""
    from warehouse.preflight.run import Question, preflight

    verdict = preflight(Question(files, site, extract), settings(), say)
    raise typer.Exit(verdict.exit_code)

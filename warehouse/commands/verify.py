"""``warehouse verify``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from warehouse.commands.console import say
from warehouse.commands.status import Form
from warehouse.settings import settings


def verify(
    form: Annotated[
        Form, typer.Option("--format", help="Lines, or JSON with every file.")
    ] = Form.TEXT,
    all_: Annotated[bool, typer.Option("--all", help="List intact files, too.")] = False,
) -> None:
    """Check that each file of the warehouse is intact. Exit code: 0 all are, 1 not all.

    Raw files that are gone are counted; they may be archived, so the exit code stays 0.

    \b
    Examples:
      warehouse verify
      warehouse verify --format json
    """
    from warehouse.verification import verify as verify_files
    from warehouse.verification.checked import INTACT

    found = verify_files(settings())
    if form is Form.JSON:
        say(json.dumps(found.facts, ensure_ascii=False, default=str, indent=2))
    else:
        for file in found.files:
            if all_ or file.state != INTACT:
                say(file.line)
        for line in [*found.counts, *found.notes] or ["nothing was written yet"]:
            say(line)
    raise typer.Exit(1 if found.damaged else 0)

"""``warehouse export``."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from warehouse.exports.choices import BINARY, Content, ExportError, Format, chosen
from warehouse.settings import settings


class Journal(StrEnum):
    """Journal style of a table (``dictionary/styles.yaml``)."""

    jama = "jama"
    lancet = "lancet"
    nejm = "nejm"


def export(
    content: Annotated[Content, typer.Argument(help="Content to export.")],
    form: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="Format (default: by the file's ending)."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file (default: standard output).")
    ] = None,
    style: Annotated[Journal, typer.Option(help="Journal style of the numbers.")] = Journal.jama,
    release: Annotated[str | None, typer.Option(help="An earlier release, by its id.")] = None,
) -> None:
    """Write a table, a figure or the methods section of a release for a manuscript.

    \b
    Examples:
      warehouse export table1 -o table1.docx
      warehouse export flow -o flow.svg
    """
    chosen_form = chosen(content, form, output)
    if output is None and chosen_form in BINARY and sys.stdout.isatty():
        raise ExportError(
            f"{chosen_form} cannot be printed to a terminal. Give a file: --output FILE"
        )
    from warehouse.exports.export import ExportRequest, exported
    from warehouse.sql_shell.session import release_path
    from warehouse.sql_shell.writers import new_file, standard_output

    written = exported(
        ExportRequest(content, chosen_form, style), release_path(settings(), release)
    )
    with standard_output() if output is None else new_file(output) as target:
        target.write(written)

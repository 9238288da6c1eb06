"""``warehouse export``."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from warehouse.commands.console import say
from warehouse.exports.choices import (
    BINARY,
    FOLDERS,
    Content,
    ExportError,
    Format,
    chosen,
    chosen_folder,
)
from warehouse.settings import settings


class Journal(StrEnum):
    """Journal style of a table (``dictionary/styles.yaml``)."""

    jama = "jama"
    lancet = "lancet"
    nejm = "nejm"


def export(  # noqa: PLR0913, PLR0917 - each is an option of the command
    content: Annotated[Content, typer.Argument(help="Content to export.")],
    form: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="Format (default: by the file's ending)."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file (default: standard output), or folder."),
    ] = None,
    style: Annotated[Journal, typer.Option(help="Journal style of the numbers.")] = Journal.jama,
    release: Annotated[str | None, typer.Option(help="An earlier release, by its id.")] = None,
    study: Annotated[
        str | None, typer.Option(help="A study by its name (default: the default study).")
    ] = None,
    overall: Annotated[
        bool, typer.Option("--overall", help="A column of all patients in a table.")
    ] = False,
    missing: Annotated[
        bool, typer.Option("--missing", help="Lines of missing values, instead of a footnote.")
    ] = False,
    subgroup: Annotated[
        str, typer.Option(help="A table of a subgroup of the study, by its name.")
    ] = "all",
    contrast: Annotated[
        str,
        typer.Option(
            help="Of three or more groups, two with their tests and effects: first-second."
        ),
    ] = "",
    locked: Annotated[
        bool, typer.Option("--locked", help="With --study: as it was written at its lock.")
    ] = False,
) -> None:
    """Write a table, a figure or the methods section of a release for a manuscript.

    Or the registry as a folder: the tables of OMOP, or a REDCap import.

    \b
    Examples:
      warehouse export table1 -o table1.docx
      warehouse export flow -o flow.svg
      warehouse export table2 --study first_pass_effect --overall -o table2.docx
      warehouse export table2 --study first_pass_effect --subgroup anterior -o anterior.docx
      warehouse export table2 --study doses --contrast high-none -o high.docx
      warehouse export table2 --study first_pass_effect --locked -o table2.docx
      warehouse export omop -o omop
    """
    if content in FOLDERS:
        _export_folder(content, chosen_folder(content, form, output), release)
        return
    chosen_form = chosen(content, form, output)
    if output is None and chosen_form in BINARY and sys.stdout.isatty():
        raise ExportError(
            f"{chosen_form} cannot be printed to a terminal. Give a file: --output FILE"
        )
    from warehouse.exports.export import ExportRequest, exported
    from warehouse.exports.locked import locked_export
    from warehouse.sql_shell.session import release_path
    from warehouse.sql_shell.writers import new_file, standard_output

    request = ExportRequest(
        content, chosen_form, style, study, overall, subgroup, contrast, missing
    )
    if locked:
        if release is not None:
            raise ExportError("A lock is of one release: give --locked or --release, not both.")
        written = locked_export(settings(), request)
    else:
        written = exported(request, release_path(settings(), release))
    with standard_output() if output is None else new_file(output) as target:
        target.write(written)


def _export_folder(content: Content, folder: Path, release: str | None) -> None:
    """Write the registry as a folder of files, and print what it holds."""
    from warehouse.exports.omop.export import export_omop
    from warehouse.exports.redcap import export_redcap
    from warehouse.sql_shell.session import release_path

    export_registry = export_omop if content is Content.omop else export_redcap
    for line in export_registry(release_path(settings(), release), folder):
        say(line)
    say(f"Wrote {folder}")

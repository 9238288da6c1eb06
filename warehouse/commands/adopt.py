"""``warehouse adopt``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from warehouse.commands.console import say
from warehouse.settings import settings


def adopt(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files that nobody has described yet.")
    ] = None,
    site: Annotated[str, typer.Option(help="Name of the site in the mapping.")] = "new_site",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File for the mapping; nothing is overwritten."),
    ] = None,
    redcap_dictionary: Annotated[
        Path | None, typer.Option(help="Write our fields as a REDCap data dictionary instead.")
    ] = None,
) -> None:
    """Propose a commented mapping for unknown files, and show their first rows by it.

    A REDCap data dictionary (CSV) among the files gives labels and codes to the others.

    \b
    Examples:
      warehouse adopt registry.xlsx
      warehouse adopt export.csv dictionary.csv --site north -o config/sites/north.yaml
      warehouse adopt --redcap-dictionary registry.csv
    """
    from warehouse.adopt.run import adopt as adopt_files
    from warehouse.adopt.run import write_redcap_dictionary

    if redcap_dictionary is not None:
        write_redcap_dictionary(redcap_dictionary, say)
    elif files:
        adopt_files(files, settings(), site, output, say)
    else:
        raise typer.BadParameter("name at least one file")

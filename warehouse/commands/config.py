"""``warehouse config``."""

from __future__ import annotations

from difflib import unified_diff
from typing import Annotated

import typer

from warehouse.errors import WarehouseError
from warehouse.settings import settings


def config(
    name: Annotated[
        str | None, typer.Argument(help="A file, such as study.yaml or sites/north.yaml: print it.")
    ] = None,
    release: Annotated[
        str | None,
        typer.Option(help="Settings of this release: its id, current, previous or a path."),
    ] = None,
    against: Annotated[
        str | None, typer.Option(help="Another release: print the lines that differ from it.")
    ] = None,
) -> None:
    """List the settings files in use now, or those of a release, or print one.

    \b
    Examples:
      warehouse config
      warehouse config study.yaml --release previous
      warehouse config --release current --against previous
    """
    texts = _named(_texts(release, name), name)
    if against is not None:
        others = _named(_texts(against, name), name)
        for file in sorted(texts.keys() | others.keys()):
            old, new = others.get(file, ""), texts.get(file, "")
            for line in unified_diff(old.splitlines(), new.splitlines(), file, file, lineterm=""):
                typer.echo(line)
    elif name is None:
        for file in texts:
            typer.echo(file)
    else:
        for file, text in texts.items():
            typer.echo(f"# {file}")
            typer.echo(text.rstrip("\n"))


def _texts(release: str | None, name: str | None) -> dict[str, str]:
    """The files of settings by name: of a release, or those that count now.

    Raises WarehouseError where one that is asked for cannot be read.
    """
    from warehouse.definitions.config import read_in_force
    from warehouse.history import HistoryError, read_record, read_settings
    from warehouse.releases.on_disk import find_release

    if release is None:
        contents, unread = read_in_force()
        for file, reason in unread.items():
            if f"/{file}".endswith(f"/{name or file}"):
                raise WarehouseError(
                    f"{file} cannot be shown, and a refresh would refuse it: {reason}."
                )
        return {file: text.decode("utf-8", "replace") for file, text in contents.items()}
    refresh_id = find_release(settings(), release).stem
    record = read_record(settings().history_dir, refresh_id)
    if record is None:
        raise HistoryError(
            f"The history has no sound record of {refresh_id}, so its settings are "
            f"unknown. Restore the record from a backup; warehouse verify names what is damaged."
        )
    return read_settings(settings().history_dir, record)


def _named(texts: dict[str, str], name: str | None) -> dict[str, str]:
    """The files of that name, which may leave out the folder. Raises WarehouseError."""
    found = {file: text for file, text in texts.items() if f"/{file}".endswith(f"/{name or file}")}
    if not found:
        raise WarehouseError(
            f"No file of settings is named {name}, so nothing is shown. Give one "
            f"of {', '.join(texts)}."
        )
    return found

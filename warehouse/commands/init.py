"""``warehouse init``."""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.commands.console import say
from warehouse.settings import settings


def init(
    site: Annotated[str, typer.Argument(help="Name of the site, and of its folder in raw/.")],
) -> None:
    """Write a commented mapping for a new site into the config folder; nothing is overwritten.

    \b
    Examples:
      warehouse init north
    """
    from warehouse.new_site import begin_site

    for line in begin_site(site, settings()):
        say(line)

"""``warehouse fetch``."""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.commands.console import say
from warehouse.settings import settings


def fetch(
    site: Annotated[str, typer.Argument(help="Site whose mapping names the REDCap address.")],
) -> None:
    """Fetch a site's REDCap export, over the hospital's own network, as a delivery of today.

    \b
    Examples:
      warehouse fetch north
    """
    from warehouse.redcap_export import fetch as fetch_export

    path, is_new = fetch_export(site, settings())
    place = "/".join(path.parts[-3:])
    say(f"fetched {place}" if is_new else f"{place} is as it was fetched before")

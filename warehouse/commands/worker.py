"""``warehouse worker``."""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.commands.prefect import use_known_server


def worker(
    pool: Annotated[str, typer.Option(help="The work pool whose runs it starts.")] = "warehouse",
) -> None:
    """Run the refreshes that are due in a Prefect work pool (Ctrl-C stops it).

    \b
    Examples:
      warehouse worker --pool warehouse
    """
    use_known_server()
    from warehouse.flows.worker import work

    work(pool)

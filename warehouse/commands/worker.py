"""``warehouse worker``."""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.commands.prefect import use_known_server


def worker(
    pool: Annotated[str, typer.Option(help="The work pool whose runs it starts.")] = "warehouse",
) -> None:
    """Start the refreshes that a work pool of a Prefect server has due (Ctrl-C stops it)."""
    use_known_server()
    from flows.worker import work

    work(pool)

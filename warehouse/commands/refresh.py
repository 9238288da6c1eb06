"""``warehouse refresh``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Annotated

import typer

from warehouse.commands.console import console, say
from warehouse.lock import lock_path, refresh_lock
from warehouse.refresh.errors import Loss
from warehouse.settings import settings

DAY = "%Y-%m-%d"


def refresh(
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=[DAY], metavar="DATE", help="Build from the deliveries up to this day only."
        ),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Land every delivery again from its raw file.")
    ] = False,
    go_on_without: Annotated[
        list[Loss] | None,
        typer.Option(
            help="Continue without a lost history, rows or key. Only when an error asks for it."
        ),
    ] = None,
) -> None:
    """Land new deliveries, check them, build a release, and publish it if it passes the gate.

    \b
    Examples:
      warehouse refresh
      warehouse refresh --as-of 2022-03-01
    """
    if full and as_of:
        raise typer.BadParameter(
            "--full lands all deliveries again and --as-of looks at some of them; give one, then "
            "the other."
        )
    # Report a running refresh now, not after the frameworks have started.
    with refresh_lock(lock_path(settings())):
        pass
    say(_refreshed(as_of.date() if as_of else None, full, go_on_without or ()))


def _refreshed(as_of: date | None, full: bool, without: Collection[Loss]) -> str:
    """Run the flow and return its summary; the frameworks are imported while it starts."""
    from warehouse.refresh.warmup import import_in_background, parsing

    console.print("Refreshing the warehouse (the frameworks take half a minute to start) ...")
    parsing.begin()
    from warehouse.flows.server_errors import server_loss_explained
    from warehouse.refresh.context import failing_to_begin

    with failing_to_begin(settings()):
        server_up = _use_own_server()
        from warehouse.flows.refresh import refresh_warehouse

        import_in_background()
        server_up()
    with server_loss_explained(settings()):
        return refresh_warehouse(as_of, full, without).text


def _use_own_server() -> Callable[[], None]:
    """Point Prefect at the project's server when that is up, or else at one for this run.

    Returns what waits for its start.
    """
    from warehouse.flows.server import running_server_url, server_for_this_process, use_server

    if url := running_server_url(settings()):
        use_server(settings(), url)
        return lambda: None
    server = server_for_this_process(settings())
    use_server(settings(), server.url)
    return server.wait_until_up

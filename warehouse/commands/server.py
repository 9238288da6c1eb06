"""``warehouse server`` and ``warehouse prepare``."""

from __future__ import annotations

from warehouse.commands.console import console
from warehouse.settings import settings

WATCH_SECONDS = 1


def prepare() -> None:
    """Set up the database of Prefect's server, so that the first refresh need not."""
    from flows.server import migrate_database

    migrate_database()


def server() -> None:
    """Run the project's Prefect server on this machine's loopback address (Ctrl-C stops it)."""
    from flows.processes import told_to_stop
    from flows.server import own_server

    with told_to_stop() as stop, own_server(settings()) as running:
        pages = running.url.removesuffix("/api")
        if running.process is None:
            console.print(f"Prefect runs already: {pages} (this machine only)")
            return
        console.print(f"Prefect: {pages} (this machine only)")
        while not stop.wait(WATCH_SECONDS):
            running.raise_if_ended()

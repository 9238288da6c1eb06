"""``warehouse server`` and ``warehouse prepare``."""

from __future__ import annotations

from warehouse.commands.console import console
from warehouse.settings import settings

WATCH_SECONDS = 1


def prepare() -> None:
    """Set up the folders, Prefect's database and its password, ahead of the first refresh.

    \b
    Examples:
      warehouse prepare
    """
    from warehouse.flows.password import api_password
    from warehouse.flows.server import migrate_database
    from warehouse.refresh.places import close_folders

    close_folders(settings())
    api_password(settings())
    migrate_database(settings())


def server() -> None:
    """Run the project's Prefect server on the loopback address (Ctrl-C stops it).

    \b
    Examples:
      warehouse server
    """
    from warehouse.flows.processes import asked_to_stop
    from warehouse.flows.server import own_server

    with asked_to_stop() as stop, own_server(settings()) as running:
        pages = running.url.removesuffix("/api")
        if running.process is None:
            console.print(f"Prefect runs already: {pages} (this machine only)")
            return
        console.print(f"Prefect: {pages} (this machine only)")
        console.print(f"Its password is the line in {settings().api_password_path}")
        while not stop.wait(WATCH_SECONDS):
            running.raise_if_ended()

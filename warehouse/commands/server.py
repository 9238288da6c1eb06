"""``warehouse server`` and ``warehouse prepare``."""

from __future__ import annotations

import typer

from warehouse.commands.console import console
from warehouse.settings import settings


def prepare() -> None:
    """Set up Prefect's database and parse the dbt project, so that the first refresh need not."""
    from flows.server import migrate_database
    from warehouse.build import parse_project
    from warehouse.refresh import dbt_folders

    with migrate_database():
        parse_project(dbt_folders(settings()))


def server() -> None:
    """Run the project's Prefect server on this machine's loopback address (Ctrl-C stops it)."""
    from flows.server import run_server

    console.print(f"Prefect: http://127.0.0.1:{settings().server_port} (this machine only)")
    raise typer.Exit(run_server(settings()))

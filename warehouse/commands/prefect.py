"""``warehouse prefect``."""

from __future__ import annotations

import os
import subprocess
import sys

import typer

from warehouse.settings import PROJECT_DIR, settings


def use_known_server() -> None:
    """Point Prefect at PREFECT_API_URL, or else at the project's server.

    Raises ServerError when that is not up: whoever else listens at its port must not say what to
    run.
    """
    from warehouse.flows.server import ServerError, running_server_url, use_server

    if "PREFECT_API_URL" in os.environ:
        return
    url = running_server_url(settings())
    if url is None:
        raise ServerError(
            "The project's Prefect server does not run, so nothing was done. "
            "Start it first: make server"
        )
    use_server(settings(), url)


def prefect(arguments: typer.Context) -> None:
    """Run Prefect's own command on this installation: its server, its home, its schedule.

    Where PREFECT_API_URL is set, on the server there; this installation's password is not for it.
    """
    if "--help" not in arguments.args:
        use_known_server()
    os.environ.update(
        WAREHOUSE_PROJECT=str(PROJECT_DIR),
        WAREHOUSE_SCHEDULE_CRON=settings().schedule_cron,
        WAREHOUSE_SCHEDULE_TIMEZONE=settings().schedule_timezone,
    )
    command = [sys.executable, "-m", "prefect", *arguments.args]
    raise typer.Exit(subprocess.call(command))

"""``warehouse prefect``."""

from __future__ import annotations

import os
import subprocess
import sys

import typer

from warehouse.settings import PROJECT_DIR, settings


def use_known_server() -> None:
    """Point Prefect at PREFECT_API_URL, or else at the project's server when that is up."""
    from flows.server import running_server_url, use_server

    # No server of ours, none at all: whoever else listens at its port must not say what to run.
    if "PREFECT_API_URL" not in os.environ and (url := running_server_url(settings())):
        use_server(settings(), url)


def prefect(arguments: typer.Context) -> None:
    """Run Prefect's own command on this installation: its server, its home, its schedule.

    Where PREFECT_API_URL is set, on the server there; this installation's password is not for it.
    """
    use_known_server()
    os.environ.update(
        WAREHOUSE_PROJECT=str(PROJECT_DIR),
        WAREHOUSE_SCHEDULE_CRON=settings().schedule_cron,
        WAREHOUSE_SCHEDULE_TIMEZONE=settings().schedule_timezone,
    )
    command = [sys.executable, "-m", "prefect", *arguments.args]
    raise typer.Exit(subprocess.call(command))

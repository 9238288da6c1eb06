"""``warehouse prefect``."""

from __future__ import annotations

import os
import subprocess
import sys

import typer

from warehouse.settings import PROJECT_DIR, settings


def prefect(arguments: typer.Context) -> None:
    """Run Prefect's own command on this installation: its server, its home, its schedule."""
    from flows.server import server_url

    os.environ.setdefault("PREFECT_API_URL", server_url(settings()))
    os.environ.update(
        WAREHOUSE_PROJECT=str(PROJECT_DIR),
        WAREHOUSE_SCHEDULE_CRON=settings().schedule_cron,
        WAREHOUSE_SCHEDULE_TIMEZONE=settings().schedule_timezone,
    )
    command = [sys.executable, "-m", "prefect", *arguments.args]
    raise typer.Exit(subprocess.call(command))

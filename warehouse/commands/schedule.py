"""``warehouse schedule``."""

from __future__ import annotations

from warehouse.commands.console import say
from warehouse.lock import refresh_lock
from warehouse.settings import settings


def schedule() -> None:
    """Run the refresh every night, with the project's Prefect server (Ctrl-C stops both).

    \b
    Examples:
      WAREHOUSE_SCHEDULE_CRON="30 3 * * *" warehouse schedule
    """
    from warehouse.flows.processes import asked_to_stop
    from warehouse.flows.server import own_server, use_server

    lock = refresh_lock(settings().state_dir / "schedule.lock", "The schedule")
    with lock, asked_to_stop() as stop:
        say("Starting Prefect's server ...")
        with own_server(settings()) as server:
            use_server(settings(), server.url)
            from warehouse.flows.schedule import serve_nightly

            serve_nightly(settings(), server, stop, say)
    say("The schedule has ended.")

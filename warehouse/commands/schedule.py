"""``warehouse schedule``."""

from __future__ import annotations

import os

from warehouse.commands.console import say
from warehouse.lock import refresh_lock
from warehouse.settings import settings


def schedule() -> None:
    """Run the refresh at its hour, on the project's Prefect server (Ctrl-C stops both)."""
    from flows.processes import told_to_stop
    from flows.server import own_server

    lock = refresh_lock(settings().state_dir / "schedule.lock", "The schedule")
    with lock, told_to_stop() as stop:
        say("Starting Prefect's server ...")
        with own_server(settings()) as server:
            os.environ["PREFECT_API_URL"] = server.url
            from prefect.runner import Runner

            from flows.schedule import DEPLOYMENT, deploy_nightly, make_up_missed, serve

            runner = Runner(name=DEPLOYMENT, limit=1, pause_on_shutdown=False)
            deployment_id = deploy_nightly(runner, settings())
            missed = make_up_missed(deployment_id, settings())
            for line in _account(server.url, len(missed)):
                say(line)
            serve(runner, stop, watch=server.raise_if_ended)
    say("The schedule has ended.")


def _account(url: str, missed: int) -> list[str]:
    plan = f"{settings().schedule_cron} ({settings().schedule_timezone})"
    made_up = [f"{missed} refreshes were missed; one is started now."] if missed else []
    pages = url.removesuffix("/api")
    return [f"The refresh runs at: {plan}. Prefect: {pages} (this machine only)", *made_up]

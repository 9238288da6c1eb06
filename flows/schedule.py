"""Serving the nightly refresh: Prefect's server says when, a runner starts each in its own process.

Runs that were missed (the machine was off) or that died with the machine are made up once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import psutil
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.runner import Runner
from prefect.schedules import Cron, Schedule
from prefect.states import Cancelled, Crashed, Scheduled

from flows.nightly import nightly_refresh
from flows.processes import end_processes
from warehouse.history import refresh_since
from warehouse.lock import is_refresh_running
from warehouse.settings import Settings, SettingsError

DEPLOYMENT = "nightly"
WATCH_SECONDS = 5


class RunnerError(SettingsError):
    """The part of Prefect that starts the runs has ended by itself."""


def deploy_nightly(runner: Runner, settings: Settings) -> UUID:
    """Put the refresh on the schedule of the settings; returns the deployment's id.

    Raises SettingsError when the cron line or the time zone cannot be read.
    """
    deployment = nightly_refresh.to_deployment(DEPLOYMENT, schedule=_cron(settings))
    return runner.add_deployment(deployment)


def make_up_missed(deployment_id: UUID, settings: Settings) -> list[datetime]:
    """Replace all runs that were due in vain by a single one; returns when they were due.

    Those after whose hour a refresh was done in another way (by hand, say) are not made up.
    """
    with get_client(sync_client=True) as client:
        runs = _due_runs(client, deployment_id, is_any_alive=is_refresh_running(settings))
        for run in runs:
            client.set_flow_run_state(run.id, _end_of(run), force=True)
        due = [run.expected_start_time for run in runs if run.expected_start_time]
        missed = [moment for moment in due if not refresh_since(settings.history_dir, moment)]
        if missed:
            client.create_flow_run_from_deployment(deployment_id, state=Scheduled())
    return missed


def serve(runner: Runner, stop: threading.Event, watch: Callable[[], None]) -> None:
    """Start what is due until told to stop; ``watch`` is called every few seconds.

    A refresh that is at work then is told to end, and is made up at the next start.
    """
    # In a thread, because in the main one the runner would take SIGTERM and kill the refresh.
    serving = threading.Thread(target=lambda: asyncio.run(runner.start()), daemon=True)
    serving.start()
    try:
        while not stop.wait(WATCH_SECONDS):
            if not serving.is_alive():
                raise RunnerError("Prefect's runner has ended by itself. Start again.")
            watch()
    finally:
        end_processes(_running_refreshes())


def _due_runs(
    client: SyncPrefectClient, deployment_id: UUID, *, is_any_alive: bool
) -> list[FlowRun]:
    """Runs of before now that never started, or that claim to run and do not."""
    types = [StateType.SCHEDULED]
    if not is_any_alive:
        types += [StateType.PENDING, StateType.RUNNING]
    return client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[deployment_id]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=datetime.now(UTC)),
        )
    )


def _end_of(run: FlowRun) -> Cancelled | Crashed:
    if run.state_type is StateType.SCHEDULED:
        return Cancelled(message="Missed: nothing was there to start it. Made up once, if needed.")
    return Crashed(message="The machine or the schedule ended before it did. Made up once.")


def _running_refreshes() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "prefect.engine" in child.cmdline()]


def _cron(settings: Settings) -> Schedule:
    try:
        return Cron(settings.schedule_cron, timezone=settings.schedule_timezone)
    except ValueError as error:
        raise SettingsError(
            f"WAREHOUSE_SCHEDULE_CRON ({settings.schedule_cron!r}) or WAREHOUSE_SCHEDULE_TIMEZONE "
            f"({settings.schedule_timezone!r}) cannot be read, so no refresh was scheduled. "
            f"02:00 every night in Shanghai is '0 2 * * *' and 'Asia/Shanghai'."
        ) from error

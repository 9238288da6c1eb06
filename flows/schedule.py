"""The nightly schedule: Prefect's server plans, a runner starts each refresh in its own process.

Runs that were missed (the machine was off) or that died with the machine are caught up once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from uuid import UUID

import psutil
from prefect import State, get_client
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

from warehouse.alerts.notify import notify_missed, notify_status
from warehouse.errors import WarehouseError
from warehouse.flows.nightly import nightly_refresh
from warehouse.flows.processes import end_processes
from warehouse.flows.server import Server
from warehouse.history import read_records, refresh_since
from warehouse.lock import is_refresh_running
from warehouse.settings import Settings, SettingsError

DEPLOYMENT = "nightly"
WATCH_SECONDS = 5
STATUS_EVERY_SECONDS = 600
# How Python's multiprocessing, by which the runner starts each run, marks what it starts.
STARTED_BY = "--multiprocessing-fork"


class RunnerError(WarehouseError):
    """The part of Prefect that starts the runs has ended by itself."""


def serve_nightly(
    settings: Settings, server: Server, stop: threading.Event, say: Callable[[str], None]
) -> None:
    """Run the refresh at the hours of the settings until it is stopped.

    Prefect must have been pointed at the server. Raises SettingsError when the cron line or the
    time zone cannot be read, ServerError or RunnerError when a part of Prefect ends by itself.
    """
    runner = Runner(name=DEPLOYMENT, limit=1, pause_on_shutdown=False)
    # With the flow itself: a runner that is given a deployment runs whatever file the server names.
    deployment_id = runner.add_flow(nightly_refresh, DEPLOYMENT, schedule=_cron(settings))
    missed = catch_up_missed(deployment_id, settings)
    notify_missed(settings, missed.never_began)
    plan = f"{settings.schedule_cron} ({settings.schedule_timezone})"
    pages = server.url.removesuffix("/api")
    say(f"The refresh runs at: {plan}. Prefect: {pages} (this machine only)")
    if missed.text:
        say(f"Of the refreshes before, {missed.text}. One is started now, for all of them.")
    _serve(runner, server, stop, settings)


@dataclass(frozen=True)
class CatchUp:
    """Missed refreshes that one refresh catches up: hours without a start, one that broke off."""

    never_began: list[datetime]
    broke_off: bool

    @property
    def text(self) -> str:
        """Description; empty where nothing was missed."""
        missed = [f"{len(self.never_began)} were missed"] if self.never_began else []
        broken = ["one was broken off"] if self.broke_off else []
        return " and ".join([*missed, *broken])


def catch_up_missed(deployment_id: UUID, settings: Settings) -> CatchUp:
    """Replace all runs that were due in vain by a single one.

    Those followed by another refresh (by hand, say) are not caught up.
    """
    is_alive = is_refresh_running(settings)
    with get_client(sync_client=True) as client:
        runs = _due_runs(client, deployment_id, is_any_alive=is_alive)
        for run in runs:
            client.set_flow_run_state(run.id, _end_of(run), force=True)
        undone = [run for run in runs if _is_undone(settings, run)]
        missed = CatchUp(
            never_began=[run.expected_start_time for run in undone if _never_began(run)],
            # Prefect may have noted the end of one that was stopped; the history has it anyway.
            broke_off=not all(map(_never_began, undone)) or (not is_alive and _broke_off(settings)),
        )
        if missed.text:
            client.create_flow_run_from_deployment(deployment_id, state=Scheduled())
    return missed


def _serve(runner: Runner, server: Server, stop: threading.Event, settings: Settings) -> None:
    """Start due refreshes until stopped, and watch the server and runner.

    A refresh that is at work when it ends is stopped too, and is caught up at the next start.
    """
    # In a thread, because in the main one the runner would take SIGTERM and kill the refresh.
    serving = threading.Thread(target=lambda: asyncio.run(runner.start()), daemon=True)
    serving.start()
    looked_at = monotonic()
    try:
        while not stop.wait(WATCH_SECONDS):
            server.raise_if_ended()
            if not serving.is_alive():
                raise RunnerError(
                    "Prefect's runner has ended by itself, so no refresh starts at its hour. "
                    "Start the schedule again: make schedule"
                )
            if monotonic() - looked_at >= STATUS_EVERY_SECONDS:
                looked_at = monotonic()
                notify_status(settings)
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


def _is_undone(settings: Settings, run: FlowRun) -> bool:
    """Whether no refresh was done after the hour at which a run was due."""
    due_at = run.expected_start_time
    return due_at is not None and refresh_since(settings.history_dir, due_at) is None


def _broke_off(settings: Settings) -> bool:
    """Whether the last refresh was stopped or killed."""
    records = read_records(settings.history_dir)
    return bool(records) and records[-1].status in {"running", "interrupted"}


def _never_began(run: FlowRun) -> bool:
    return run.state_type is StateType.SCHEDULED


def _end_of(run: FlowRun) -> State:
    if _never_began(run):
        return Cancelled(message="Missed: the schedule was not running. Caught up once, if needed.")
    return Crashed(message="The machine or the schedule ended before it did. Made up once.")


def _running_refreshes() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if STARTED_BY in _command(child)]


def _command(process: psutil.Process) -> list[str]:
    """Return the command of a process; nothing where it has just ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def _cron(settings: Settings) -> Schedule:
    try:
        return Cron(settings.schedule_cron, timezone=settings.schedule_timezone)
    except ValueError as error:
        raise SettingsError(
            f"WAREHOUSE_SCHEDULE_CRON ({settings.schedule_cron!r}) or WAREHOUSE_SCHEDULE_TIMEZONE "
            f"({settings.schedule_timezone!r}) cannot be read, so no refresh was scheduled. "
            f"02:00 every night in Shanghai is '0 2 * * *' and 'Asia/Shanghai'."
        ) from error

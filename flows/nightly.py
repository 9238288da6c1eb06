"""The refresh as the schedule starts it: once a night, however many runs are due."""

from __future__ import annotations

import atexit
import os
import sys

from prefect import State, flow
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed

from warehouse.history import RefreshRecord, refresh_since
from warehouse.lock import AlreadyRunningError
from warehouse.settings import settings


@flow(name="nightly refresh")
def nightly_refresh() -> State:
    """Refresh the warehouse, unless that was done since this run was due or is being done.

    It ends as Cancelled, with who and since when, where there was nothing for it to do.
    """
    atexit.register(_end_quietly)
    if done := refresh_since(settings().history_dir, flow_run.scheduled_start_time):
        return Cancelled(message=_already_done(done))
    from flows.refresh import refresh_warehouse  # dbt and Great Expectations take long to import

    try:
        summary = refresh_warehouse.fn()
    except AlreadyRunningError as running:
        return Cancelled(message=str(running))
    return Completed(message=summary.headline)


def _already_done(done: RefreshRecord) -> str:
    return (
        f"Nothing to do: refresh {done.refresh_id}, which began after this one was due, has "
        f"{'published a release' if done.status == 'published' else done.status}. "
        f"Refreshes that were missed are made up once."
    )


def _end_quietly() -> None:
    """Drop what DuckDB's binding prints while the interpreter takes itself apart."""
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())

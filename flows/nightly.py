"""The refresh as the schedule starts it: once a night, however many runs are due."""

from __future__ import annotations

import atexit
import logging
import os
import sys

from prefect import State, flow
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed

from warehouse.errors import OPENING, reason_without_values
from warehouse.flows.server_errors import server_loss_explained
from warehouse.history import RefreshRecord, refresh_since
from warehouse.lifeline import end_with_parent
from warehouse.lock import AlreadyRunningError
from warehouse.refresh.context import failing_to_begin
from warehouse.settings import settings

# Below the name whose lines go to the console and to the pages of the run.
log = logging.getLogger("warehouse.nightly")


@flow(name="nightly refresh")
def nightly_refresh() -> State:
    """Refresh the warehouse, unless that was done since this run was due or is being done.

    Its state says who did it and when, where there was nothing to do.
    """
    end_with_parent()
    atexit.register(_end_quietly)
    if done := refresh_since(settings().history_dir, flow_run.scheduled_start_time):
        return _nothing_to_do(_already_done(done))
    try:
        with failing_to_begin(settings()):  # dbt and Great Expectations take long to import
            from warehouse.flows.refresh import refresh_warehouse
        with server_loss_explained(settings()):
            summary = refresh_warehouse.fn()
    except AlreadyRunningError as running:
        return _nothing_to_do(str(running))
    except Exception as error:
        # Where this is read (the journal, say) may not be this machine; Prefect has all of it.
        log.error("%s %s", OPENING, reason_without_values(error))
        raise
    log.info("%s", summary.text)
    return Completed(message=summary.headline)


def _nothing_to_do(why: str) -> State:
    log.info("%s", why)
    return Cancelled(message=why)


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

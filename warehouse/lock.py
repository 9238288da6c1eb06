"""The file lock that allows one refresh at a time; the system releases it when the holder ends."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

import psutil

from warehouse.errors import WarehouseError
from warehouse.files import make_folder, make_way, open_regular
from warehouse.history import utc_now
from warehouse.settings import Settings

HOLDER_NAMED_WITHIN_SECONDS = 1.0
# A check whether a refresh runs holds the lock briefly; a refresh waits for it.
ACQUIRE_TIMEOUT_SECONDS = 0.5
POLL_SECONDS = 0.02


class AlreadyRunningError(WarehouseError):
    """Another refresh holds the lock; the message names its process and start."""

    exit_code = 3
    concerns = "caller"


def lock_path(settings: Settings) -> Path:
    """Return the file that a refresh of this installation locks."""
    return settings.state_dir / "refresh.lock"


def is_refresh_running(settings: Settings) -> bool:
    """Return whether a refresh of this installation is running; needs read access only."""
    try:
        with open_regular(lock_path(settings)) as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False


@contextmanager
def refresh_lock(path: Path, work: str = "A refresh") -> Iterator[None]:
    """Hold the lock during the block. Raises AlreadyRunningError if another process holds it."""
    make_folder(path.parent)
    make_way(path)
    with path.open("a+", encoding="utf-8") as handle:
        if not _acquire(handle):
            raise AlreadyRunningError(_who_holds(path, work))
        handle.truncate(0)
        handle.write(json.dumps({"process": os.getpid(), "since": f"{utc_now()} UTC"}))
        handle.flush()
        try:
            yield
        finally:
            handle.truncate(0)


def _acquire(handle: IO[str]) -> bool:
    give_up_at = monotonic() + ACQUIRE_TIMEOUT_SECONDS
    while monotonic() < give_up_at:
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        sleep(POLL_SECONDS)
    return False


def _who_holds(path: Path, work: str) -> str:
    holder = _holder(path)
    who = (
        f"process {holder['process']}, since {holder['since']}"
        if holder
        else "another process, which has just started"
    )
    return (
        f"{work} is already running ({who}). Only one can run at a time; this one did "
        "nothing. Wait until the other one ends, or stop it, and start again."
    )


def _holder(path: Path) -> dict[str, Any] | None:
    """Return the holder of the lock; wait for it while the file names a dead process."""
    give_up_at = monotonic() + HOLDER_NAMED_WITHIN_SECONDS
    holder = None
    while monotonic() < give_up_at:
        holder = _read_holder(path)
        if holder and psutil.pid_exists(holder["process"]):
            return holder
        sleep(POLL_SECONDS)
    return holder


def _read_holder(path: Path) -> dict[str, Any] | None:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return holder if {"process", "since"} <= holder.keys() else None
    except (OSError, ValueError, AttributeError):
        return None

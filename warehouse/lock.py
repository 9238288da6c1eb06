"""One refresh at a time: a file lock that the system frees however its holder ends."""

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
from warehouse.files import make_folder, make_way
from warehouse.history import utc_now
from warehouse.settings import Settings

HOLDER_TELLS_WITHIN_SECONDS = 1.0
# Who only looks whether a refresh runs holds the lock for a moment, and must not keep one away.
LOOK_OVER_WITHIN_SECONDS = 0.5
ASKED_EVERY_SECONDS = 0.02


class AlreadyRunningError(WarehouseError):
    """Another refresh holds the lock; the message says which process and since when."""

    exit_code = 3
    concerns = "caller"


def lock_path(settings: Settings) -> Path:
    """The file that a refresh of this installation locks."""
    return settings.state_dir / "refresh.lock"


def is_refresh_running(settings: Settings) -> bool:
    """Whether a refresh of this installation is at work now; whoever may read may ask."""
    try:
        with lock_path(settings).open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:  # none ever ran
        return False


@contextmanager
def refresh_lock(path: Path, work: str = "A refresh") -> Iterator[None]:
    """Hold the lock for the length of the block; AlreadyRunningError soon if it is taken."""
    make_folder(path.parent)
    make_way(path)
    with path.open("a+", encoding="utf-8") as handle:
        if not _taken(handle):
            raise AlreadyRunningError(_who_holds(path, work))
        handle.truncate(0)
        handle.write(json.dumps({"process": os.getpid(), "since": f"{utc_now()} UTC"}))
        handle.flush()
        try:
            yield
        finally:
            handle.truncate(0)


def _taken(handle: IO[str]) -> bool:
    give_up_at = monotonic() + LOOK_OVER_WITHIN_SECONDS
    while monotonic() < give_up_at:
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        sleep(ASKED_EVERY_SECONDS)
    return False


def _who_holds(path: Path, work: str) -> str:
    holder = _holder(path)
    who = (
        f"process {holder['process']}, since {holder['since']}"
        if holder
        else "another process, which has only just started"
    )
    return (
        f"{work} is already running ({who}). Only one may work at a time; this one did "
        "nothing. Wait for the other to end, or stop it, and start again."
    )


def _holder(path: Path) -> dict[str, Any] | None:
    """Who holds the lock. It may just have taken it, and the file still name a dead process."""
    give_up_at = monotonic() + HOLDER_TELLS_WITHIN_SECONDS
    holder = None
    while monotonic() < give_up_at:
        holder = _written(path)
        if holder and psutil.pid_exists(holder["process"]):
            return holder
        sleep(ASKED_EVERY_SECONDS)
    return holder


def _written(path: Path) -> dict[str, Any] | None:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return holder if {"process", "since"} <= holder.keys() else None
    except (OSError, ValueError, AttributeError):
        return None

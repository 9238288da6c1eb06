"""One refresh at a time: a file lock that the system frees however its holder ends."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.history import utc_now
from warehouse.settings import Settings


class AlreadyRunningError(WarehouseError):
    """Another refresh holds the lock; the message says which process and since when."""

    exit_code = 3


def lock_path(settings: Settings) -> Path:
    """The file that a refresh of this installation locks."""
    return settings.state_dir / "refresh.lock"


@contextmanager
def refresh_lock(path: Path) -> Iterator[None]:
    """Hold the lock for the length of the block; AlreadyRunningError at once if it is taken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunningError(_who_holds(path)) from error
        handle.truncate(0)
        handle.write(json.dumps({"process": os.getpid(), "since": f"{utc_now()} UTC"}))
        handle.flush()
        yield


def _who_holds(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        who = f"process {holder['process']}, since {holder['since']}"
    except (ValueError, KeyError):
        who = "another process, which has only just started"
    return (
        f"A refresh is already running ({who}). Only one may work at a time; this one did "
        "nothing. Wait for the other to end, or stop it, and start again."
    )

"""Detection of delivered files that are still being copied into place."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

NANOSECONDS = 1_000_000_000
STILL_GROWING = "the file is still being copied; it is read when it no longer changes"


def still_changing(paths: Iterable[Path], seconds: float) -> set[Path]:
    """Return the recent files (or of the future) that change within some seconds.

    Waits those seconds once, and not at all when every file is older. A copy that stalls for
    longer is not noticed here: it is read again when the file has changed.
    """
    written_after = time.time_ns() - int(seconds * NANOSECONDS)
    before = {path: _size_and_time(path) for path in paths}
    young = [path for path, (_, written_at) in before.items() if written_at > written_after]
    if not young:
        return set()
    time.sleep(seconds)
    return {path for path in young if _size_and_time(path) != before[path]}


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        state = path.lstat()
    except OSError:  # reported where it is opened
        return 0, 0
    return state.st_size, state.st_mtime_ns

"""Which delivered files are still being copied into place."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

NANOSECONDS = 1_000_000_000
STILL_GROWING = "the file is still being copied; it is read when it no longer changes"


def still_changing(paths: Iterable[Path], seconds: float) -> set[Path]:
    """The files that change within some seconds, of those written so recently (or in the future).

    Waits those seconds once, and not at all when every file is older. A copy that stalls for
    longer is not noticed here: what was read of it is read anew when the file has changed.
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
    except OSError:  # told where it is opened
        return 0, 0
    return state.st_size, state.st_mtime_ns

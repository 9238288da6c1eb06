"""What a process does to files, as Python itself audits it."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any


class FileCalls:
    """Counts what this process does to files below a folder, and kills it before the n-th call.

    The calls are those that Python itself audits: opening, renaming, linking, deleting, making
    folders, changing modes. Each is a moment at which a power cut could have come.
    """

    EVENTS = frozenset(
        {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"}
    )

    def __init__(self, folder: Path, kill_before: int | None = None) -> None:
        self._folder = str(folder)
        self._kill_before = kill_before
        self.made: list[tuple[str, str]] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in self.EVENTS or not isinstance(arguments[0], str | os.PathLike):
            return
        path = os.fspath(arguments[0])
        if not str(path).startswith(self._folder):
            return
        self.made.append((event, str(path)))
        if self._kill_before == len(self.made):
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(1)


class Durability:
    """Notes in which order this process flushes, renames and makes files below a folder.

    ``made``: ("synced", path), ("renamed", from, to), ("folder", path); a file that has changed
    since it was flushed is ("changed", from, to) instead of renamed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = f"{folder}/"
        self._synced: dict[int, tuple[int, int]] = {}
        self.made: list[tuple[str, ...]] = []
        self._fsync = os.fsync
        os.fsync = self._sync
        sys.addaudithook(self._hook)

    def _sync(self, descriptor: int) -> None:
        self._fsync(descriptor)
        state = os.fstat(descriptor)
        self._synced[state.st_ino] = (state.st_size, state.st_mtime_ns)
        self.made.append(("synced", str(Path(f"/proc/self/fd/{descriptor}").readlink())))

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("os.rename", "os.mkdir"):
            return
        path = str(arguments[0])
        if not path.startswith(self._folder):
            return
        if event == "os.mkdir":
            if Path(path).is_dir():
                return
            self.made.append(("folder", path))
            return
        state = Path(path).stat()
        is_flushed = self._synced.get(state.st_ino) == (state.st_size, state.st_mtime_ns)
        self.made.append(("renamed" if is_flushed else "changed", path, str(arguments[1])))

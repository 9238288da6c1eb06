"""Processes that end when the one that started them has gone, even when that was killed.

A process that is killed cannot end its children. So each child waits, in a thread, for the end of
its parent: by its standard input, a pipe whose other end only the parent holds, or by what Python's
multiprocessing gives it for this.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

GRACE_SECONDS = 20


def end_with_starter() -> None:
    """End this process soon after its starter. Needs ``stdin=subprocess.PIPE`` of the starter."""
    _end_after(sys.stdin.buffer.read)


def end_with_parent() -> None:
    """End this process soon after the one that started it by multiprocessing, if one did."""
    if parent := multiprocessing.parent_process():
        _end_after(parent.join)


def _end_after(wait_for_its_end: Callable[[], object]) -> None:
    def wait_and_end() -> None:
        wait_for_its_end()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait_and_end, daemon=True).start()

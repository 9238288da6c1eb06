"""Processes that end when the one that started them has gone, even when that was killed.

A process that is killed cannot end its children. So each child waits, in a thread, for the end of
its parent: by its standard input, a pipe whose other end only the parent holds, or by what Python's
multiprocessing gives it for this.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable

# Nobody waits any more for what is killed then, and a refresh may be killed at any moment.
GRACE_SECONDS = 5
STARTED_BY_PIPE = "WAREHOUSE_STARTED_BY_PIPE"


def end_with_starter() -> None:
    """End this process soon after its starter. Needs ``stdin=subprocess.PIPE`` of the starter."""
    _end_after(_read_to_its_end)


def end_with_parent() -> None:
    """End this process soon after the one that started it by multiprocessing, if one did.

    Or, where ``STARTED_BY_PIPE`` is in the environment, as ``end_with_starter`` does.
    """
    if parent := multiprocessing.parent_process():
        _end_after(parent.join)
    elif os.environ.pop(STARTED_BY_PIPE, None):
        end_with_starter()


def _read_to_its_end() -> None:
    # Not by sys.stdin: whoever closes that, as Prefect's engine does, would wait for this thread.
    while os.read(0, 1):
        pass


def _end_after(wait_for_its_end: Callable[[], object]) -> None:
    def wait_and_end() -> None:
        wait_for_its_end()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait_and_end, daemon=True).start()

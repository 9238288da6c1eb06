"""Signals that ask this process to stop, SIGTERM and Ctrl-C, where a library loses them.

Python's handler of a signal raises an exception. DuckDB makes a RuntimeError of it when it meets a
query; dbt and Great Expectations make a failure of that, and others swallow it.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

ASKING_TO_STOP = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def not_losing_signals() -> Iterator[None]:
    """Raise a signal that met the block once more at its end, if it did not end the block.

    So it ends as the handler of the signal wants it. No handler is replaced;
    Python itself writes the signals down.
    """
    if threading.current_thread() is not threading.main_thread():  # no signal meets it
        yield
        return
    ours, pythons = socket.socketpair()
    with ours, pythons:
        ours.setblocking(False)
        pythons.setblocking(False)
        before = signal.set_wakeup_fd(pythons.fileno(), warn_on_full_buffer=False)
        try:
            yield
        except Exception:
            _raise_again(ours, before)
            raise
        except BaseException:
            signal.set_wakeup_fd(before)
            raise
        _raise_again(ours, before)


def _raise_again(noted: socket.socket, before: int) -> None:
    signal.set_wakeup_fd(before)
    with suppress(BlockingIOError):  # there was none
        for number in noted.recv(1 << 10):
            if number in ASKING_TO_STOP:
                signal.raise_signal(number)

"""Prefect's processes that are ours: ending them, and finding those that outlived their starter."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from warehouse.environment import STARTER_VARIABLE, prefect_home
from warehouse.settings import Settings

END_SECONDS = 20
# How Prefect's own server is started, by `prefect server start` and by a run that brings its own.
SERVER_WORDS = ({"prefect", "server", "start"}, {"prefect.server.api.server:create_app"})


@contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl-C set during the block, in place of ending the process."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_processes(processes: list[psutil.Process]) -> None:
    """Ask processes to end, and kill those that have not after a while."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in psutil.wait_procs(processes, timeout=END_SECONDS)[1]:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def end_leftover_servers(settings: Settings) -> int:
    """End Prefect servers of this installation whose starter was killed; returns how many."""
    leftovers = [process for process in psutil.process_iter() if _is_leftover(process, settings)]
    end_processes(leftovers)
    return len(leftovers)


def _is_leftover(process: psutil.Process, settings: Settings) -> bool:
    try:
        words = set(process.cmdline())
        if not any(known <= words for known in SERVER_WORDS):
            return False
        environment = process.environ()
        ancestors = {parent.pid for parent in process.parents()}
    except psutil.Error:  # it has just ended, or is somebody else's
        return False
    starter = environment.get(STARTER_VARIABLE, "")
    is_ours = environment.get("PREFECT_HOME") == str(prefect_home(settings))
    return is_ours and starter.isdigit() and int(starter) not in ancestors

"""Real processes to be killed: forked from one that has imported the frameworks."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from warehouse.environment import prepare_environment
from warehouse.errors import OPENING, WarehouseError
from warehouse.settings import Settings

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(["tests.faults.warm"])
GIVE_UP_SECONDS = 300
KILLED = -signal.SIGKILL
STEP_BEGINS = " ..."


@dataclass(frozen=True)
class Reported:
    """How a process ended: what it returned, or what it would have told a person.

    ``traceback`` is set for what no person should see.
    """

    result: Any = None
    exit_code: int = 0
    message: str = ""
    traceback: str = ""


class Running:
    """A function at work in a process of its own; it says which step it begins.

    ``step`` is the one that it said last; before the first one it is "start".
    """

    def __init__(self, function: Callable[..., Any], data: Path, *arguments: Any) -> None:
        self._ours, theirs = FORKED.Pipe(duplex=False)
        self.process: ForkServerProcess = FORKED.Process(
            target=_work, args=(theirs, function, data, arguments), daemon=True
        )
        self.process.start()
        theirs.close()
        self.reported: Reported | None = None
        self.step = "start"

    def wait_for(self, message: str) -> bool:
        """Wait until it says so; False when it ends before."""
        return any(stated == message for stated in iter(self._next, None))

    def end(self) -> Reported:
        """Wait for its end. Told(exit_code=KILLED) when it was killed."""
        while self._next() is not None:
            pass
        self.process.join(GIVE_UP_SECONDS)
        assert self.process.exitcode is not None, "the process does not end"
        return self.reported or Reported(exit_code=self.process.exitcode)

    def kill(self) -> bool:
        """Kill it for good; whether it was still at work."""
        self.process.kill()
        return self.end().exit_code == KILLED

    def _next(self) -> str | None:
        """The next thing that it says; None when it has ended."""
        try:
            assert self._ours.poll(GIVE_UP_SECONDS), "the process says nothing any more"
            stated = self._ours.recv()
        except EOFError:
            return None
        if isinstance(stated, Reported):
            self.reported = stated
            return None
        if stated.endswith(STEP_BEGINS):
            self.step = stated.removesuffix(STEP_BEGINS)
        return str(stated)


def run(function: Callable[..., Any], data: Path, *arguments: Any) -> Reported:
    """Run a function in a process of its own, to its end."""
    return Running(function, data, *arguments).end()


def done(function: Callable[..., Any], data: Path, *arguments: Any) -> Any:
    """What a function returned that must not fail."""
    reported = run(function, data, *arguments)
    assert reported.exit_code == 0, reported.message + reported.traceback
    return reported.result


def _work(
    pipe: Connection, function: Callable[..., Any], data: Path, arguments: tuple[Any, ...]
) -> None:
    from tests.faults import warm

    assert os.getpid() != warm.LOADED_BY, "the process was not forked from the warm one"
    settings = Settings(data=data)
    os.environ["WAREHOUSE_DATA"] = str(data)
    logging.getLogger("warehouse").setLevel(logging.INFO)
    logging.getLogger("warehouse").addHandler(_Teller(pipe))
    try:
        prepare_environment(settings)
        tempfile.tempdir = None
        reported = Reported(function(settings, *arguments))
    except WarehouseError as error:
        reported = Reported(exit_code=error.exit_code, message=f"{OPENING} {error}")
    except BaseException:
        reported = Reported(exit_code=1, traceback=traceback.format_exc())
    pipe.send(reported)


class _Teller(logging.Handler):
    def __init__(self, pipe: Connection) -> None:
        super().__init__()
        self._pipe = pipe

    def emit(self, record: logging.LogRecord) -> None:
        self._pipe.send(record.getMessage())

"""Reading files in a process of its own, which may use so much memory and time and no more.

A file that takes more, or on which a library breaks, costs that process and not the night. Every
format goes through here, so that one that is added later has the same limits.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any, NamedTuple

from warehouse.errors import WarehouseError
from warehouse.landing.errors import PostponedError, UnreadableFileError
from warehouse.landing.limits import Limits
from warehouse.landing.pseudonyms import Pseudonymizer
from warehouse.landing.reader import FileFacts, FileTask, Sink, refused
from warehouse.landing.survey import Sheet

# A process that was used is kept so long for the next file; it takes half a second to start.
IDLE_SECONDS = 20
BROKEN = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}


class Request(NamedTuple):
    """A file to be read, and how."""

    task: FileTask
    pseudonyms: Pseudonymizer
    limits: Limits
    scratch_dir: Path

    @property
    def path(self) -> Path:
        """The file that is read."""
        return self.task.path


class SurveyRequest(NamedTuple):
    """A file that nobody has described, whose columns are looked at."""

    path: Path
    sha256: str
    limits: Limits
    scratch_dir: Path


class Rows(NamedTuple):
    """Parsed rows on their way to the sink."""

    batch: object


class Violations(NamedTuple):
    """Violations on their way to the sink."""

    violations: list[object]


class Done(NamedTuple):
    """The end of a file, and the processor time that it took.

    ``is_worn``: the process holds on to memory and reads no more.
    """

    outcome: FileFacts | list[Sheet] | Exception
    is_worn: bool
    seconds: float


class ReadingProcessError(WarehouseError):
    """The process that reads files does not start."""


class LimitedReader:
    """Reads files of any extract by the dictionary, within limits.

    ``seconds`` is the processor time of the last one, or the time until its process ended.
    """

    seconds = 0.0

    def __init__(self, pseudonyms: Pseudonymizer, limits: Limits, scratch_dir: Path) -> None:
        self._pseudonyms = pseudonyms
        self._limits = limits
        self._scratch_dir = scratch_dir

    def read(self, task: FileTask, sink: Sink) -> FileFacts:
        """Parse all rows of the file and hand them over. PostponedError if it has changed."""
        try:
            return self._answer(
                Request(task, self._pseudonyms, self._limits, self._scratch_dir), sink
            )
        except UnreadableFileError as error:
            return refused(task.identity.extract, error)

    def survey(self, path: Path, sha256: str) -> list[Sheet]:
        """Look at the columns of a file that nobody has described.

        Raises UnreadableFileError where it is no table, PostponedError if it has changed.
        """
        return self._answer(SurveyRequest(path, sha256, self._limits, self._scratch_dir), None)

    def _answer(self, request: Request | SurveyRequest, sink: Sink | None) -> Any:
        """The outcome of a request. Raises UnreadableFileError of a file that ended the process."""
        process = ReadingProcess.take()
        began = time.monotonic()
        try:
            done = process.read(request, sink)
        except (EOFError, ConnectionError) as error:
            self.seconds = time.monotonic() - began
            raise self._why_ended(request.path, process.end()) from error
        except BaseException:
            process.end()
            raise
        self.seconds = done.seconds
        if done.is_worn:
            process.end()
        else:
            process.keep()
        if isinstance(done.outcome, Exception):
            raise done.outcome
        return done.outcome

    def _why_ended(self, path: Path, code: int) -> Exception:
        """Return the error of a file on which the process ended."""
        if code == -signal.SIGXCPU:
            return self._limits.too_slow(path.stat().st_size)
        if -code in BROKEN:
            return self._limits.broken_off(signal.Signals(-code).name)
        return PostponedError(
            f"the process that read it ended before its time ({_by(code)}); the next refresh "
            "tries again"
        )


class ReadingProcess:
    """A process that reads one file after the other."""

    _kept: ReadingProcess | None = None

    def __init__(self) -> None:
        self._pipe, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "warehouse.landing.reading_process", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.PIPE,  # by its end the process notices ours
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a library's last words may quote a cell
                # Arrow's own would take a gigabyte at once where it may.
                env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"},
            )
        self._idle_since = time.monotonic()
        try:
            self._pipe.recv()
        except (EOFError, ConnectionError) as error:
            raise ReadingProcessError(
                f"The process that reads delivered files does not start ({_by(self.end())}), so "
                f"nothing was landed. To see the cause, run: "
                f"{sys.executable} -m warehouse.landing.reading_process"
            ) from error

    @classmethod
    def take(cls) -> ReadingProcess:
        """The process that was kept, where it is not about to end; else another one."""
        kept, cls._kept = cls._kept, None
        if kept is not None:
            if time.monotonic() - kept._idle_since < IDLE_SECONDS / 2:
                return kept
            kept.end()
        return cls()

    def keep(self) -> None:
        """Keep it for the next file."""
        self._idle_since = time.monotonic()
        type(self)._kept = self

    def read(self, request: Request | SurveyRequest, sink: Sink | None) -> Done:
        """Pass a file on, and to the sink what is read of it; a survey needs none."""
        self._pipe.send(request)
        while not isinstance(message := self._pipe.recv(), Done):
            if sink is None:
                continue
            if isinstance(message, Rows):
                sink.take_rows(message.batch)
            else:
                sink.take_violations(message.violations)
        return message

    def end(self) -> int:
        """End it, if it still is; returns its exit code."""
        self._pipe.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        return self._process.wait()


def _by(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"

"""The process that reads delivered files for landing: ``limited_reader`` starts it."""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Iterable
from multiprocessing.connection import Connection
from time import process_time

import psutil
import pyarrow as pa

from warehouse.definitions.dictionary import dictionary
from warehouse.disk import MEGABYTE
from warehouse.errors import WarehouseError
from warehouse.landing.errors import PostponedError, UnreadableFileError
from warehouse.landing.limited_reader import (
    IDLE_SECONDS,
    Done,
    Request,
    Rows,
    SurveyRequest,
    Violations,
)
from warehouse.landing.limits import Limits
from warehouse.landing.reader import FileFacts, FileReader
from warehouse.landing.survey import Sheet, survey
from warehouse.landing.unexpected_errors import why_skipped
from warehouse.landing.violations import Violation
from warehouse.lifeline import end_with_starter


class _Sender:
    """Sends what is read to the process that lands it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def take_rows(self, rows: pa.RecordBatch) -> None:
        """Send rows."""
        self._pipe.send(Rows(rows))

    def take_violations(self, violations: Iterable[Violation]) -> None:
        """Send violations."""
        self._pipe.send(Violations(list(violations)))


def read_files(pipe: Connection) -> None:
    """Read one file after the other, until none comes any more."""
    dictionary()
    pa.set_cpu_count(1)  # each of its threads would count as memory
    _limit(resource.RLIMIT_CORE, 0)
    at_first = _memory()
    pipe.send("ready")
    while pipe.poll(IDLE_SECONDS):
        request: Request | SurveyRequest = pipe.recv()
        limits = request.limits
        _limit_memory(at_first, limits)
        _limit_time(limits.seconds_for(request.path.stat().st_size))
        began = process_time()
        outcome = _read(request, pipe)
        seconds, kept = process_time() - began, _memory() - at_first
        pipe.send(Done(outcome, 4 * kept > limits.memory_mb * MEGABYTE, seconds))


def _read(
    request: Request | SurveyRequest, pipe: Connection
) -> FileFacts | list[Sheet] | Exception:
    try:
        if isinstance(request, SurveyRequest):
            return _survey(request)
        reader = FileReader(dictionary(), request.pseudonyms, request.limits, request.scratch_dir)
        return reader.read(request.task, _Sender(pipe))
    except (PostponedError, UnreadableFileError, WarehouseError, OSError) as error:
        return error
    except Exception as error:
        return PostponedError(why_skipped(error))


def _survey(request: SurveyRequest) -> list[Sheet]:
    path, sha256, limits, scratch_dir = request
    try:
        return survey(path, sha256, dictionary(), limits, scratch_dir)
    except MemoryError as error:
        raise limits.too_much_memory() from error


def _memory() -> int:
    """Bytes of memory that the kernel counts against the limit; 0 where it counts none."""
    return int(getattr(psutil.Process().memory_info(), "data", 0))


def _limit_memory(at_first: int, limits: Limits) -> None:
    """From now on memory can be had up to the limit beyond what the program itself takes."""
    if at_first:
        _limit(resource.RLIMIT_DATA, at_first + limits.memory_mb * MEGABYTE)


def _limit_time(seconds: int) -> None:
    """The kernel ends this process when it has used so many more seconds of processor time."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + seconds)


def _limit(what: int, amount: int) -> None:
    """Set a limit, or the lower one that the system has set for good."""
    _, most = resource.getrlimit(what)
    resource.setrlimit(what, (amount if most < 0 else min(amount, most), most))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the starter ends this process
    end_with_starter()
    read_files(Connection(int(sys.argv[1])))

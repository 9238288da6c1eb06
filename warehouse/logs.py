"""Refresh log for machines: rotating JSON lines, one per event, with refresh_id and step.

An error is logged with its class and its place in the code, never with a library's message, which
may quote a patient's value.
"""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Protocol

from warehouse.errors import reason_without_values
from warehouse.files import make_folder, make_way
from warehouse.history import RefreshRecord
from warehouse.settings import Settings

FILES_KEPT = 5
MEGABYTE = 1_000_000
LOGGER = "warehouse"


class RunningRefresh(Protocol):
    """Attributes of a refresh that the log reads."""

    settings: Settings
    record: RefreshRecord
    current_step: str


class JsonLines(logging.Formatter):
    """Formatter of events as JSON: at (UTC), level, refresh_id, step, logger, event, facts."""

    def __init__(self, refresh: RunningRefresh) -> None:
        super().__init__()
        self.refresh = refresh

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of an event."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "refresh_id": self.refresh.record.refresh_id,
            "step": self.refresh.current_step,
            "logger": record.name,
            "event": record.getMessage().strip(),
            **getattr(record, "facts", {}),
        }
        return json.dumps(line, ensure_ascii=False, default=str)


class LogFile(RotatingFileHandler):
    """Rotating log file that ignores a full disk, which the refresh reports itself."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Ignore the error; logging would print a traceback."""

    def close(self) -> None:
        """Close the file, even if its buffer cannot be written."""
        with suppress(OSError):
            super().close()


@contextmanager
def refresh_log(refresh: RunningRefresh) -> Iterator[None]:
    """Log the events of the block as JSON lines.

    Call it while holding the refresh lock: only one process may write a file that rotates.
    """
    handler = _handler(refresh)
    logger = logging.getLogger(LOGGER)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    handler.handle(_event("refresh begins", as_of=refresh.record.as_of))
    try:
        yield
        handler.handle(_event("refresh ends", **_outcome(refresh.record)))
    except BaseException as error:
        handler.handle(_event("refresh ends", **_outcome(refresh.record), **_error(error)))
        raise
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        handler.close()


def log_path(settings: Settings) -> Path:
    """Return the path of the current log file; earlier ones end in .1, .2 and so on."""
    return settings.logs_dir / "refresh.jsonl"


def _handler(refresh: RunningRefresh) -> LogFile:
    path = log_path(refresh.settings)
    make_folder(path.parent)
    make_way(path)
    most_bytes = refresh.settings.logs_max_mb * MEGABYTE // (FILES_KEPT + 1)
    handler = LogFile(path, maxBytes=most_bytes, backupCount=FILES_KEPT, encoding="utf-8")
    handler.setFormatter(JsonLines(refresh))
    return handler


def _event(text: str, **facts: object) -> logging.LogRecord:
    record = logging.LogRecord(LOGGER, logging.INFO, __file__, 0, text, None, None)
    record.facts = facts
    return record


def _outcome(record: RefreshRecord) -> dict[str, object]:
    return {
        "release": record.release,
        "files_landed": record.files_landed,
        "rows_landed": record.rows_landed,
        "rows_rejected": record.rows_rejected,
        "step_seconds": record.step_seconds,
    }


def _error(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "reason": reason_without_values(error),
        "where": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }

"""The log of the refreshes, for machines: JSON lines that rotate, beside the lines for people.

One line per event, with refresh_id and step. Of an error it keeps the kind and the place in the
code, never the text of a library, which may quote a patient's value.
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


class RefreshAtWork(Protocol):
    """What the log needs of a refresh."""

    settings: Settings
    record: RefreshRecord
    current_step: str


class JsonLines(logging.Formatter):
    """An event as one line of JSON: at (UTC), level, refresh_id, step, logger, event, facts."""

    def __init__(self, refresh: RefreshAtWork) -> None:
        super().__init__()
        self.refresh = refresh

    def format(self, record: logging.LogRecord) -> str:
        """The line of an event."""
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
    """A log that may end on a full disk: the refresh goes on and tells of the disk itself."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say nothing: logging would print a traceback."""

    def close(self) -> None:
        """Close the file, whether or not what was left could be written."""
        with suppress(OSError):
            super().close()


@contextmanager
def refresh_log(refresh: RefreshAtWork) -> Iterator[None]:
    """Keep what happens in the block as JSON lines; call while holding the refresh's lock.

    Only one process writes the file then, so that it can be rotated.
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
    """The file that is written now; earlier ones end in .1, .2 and so on."""
    return settings.logs_dir / "refresh.jsonl"


def _handler(refresh: RefreshAtWork) -> LogFile:
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

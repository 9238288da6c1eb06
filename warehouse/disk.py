"""Messages for a full or read-only disk, whichever library raised the error.

Python and Arrow raise OSError with a number. DuckDB, dbt and Great Expectations raise errors of
their own, which quote the system's message.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.settings import Settings

MEGABYTE = 1 << 20
DISK_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NOT_WRITABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
TOO_MANY_OPEN = frozenset({errno.EMFILE, errno.ENFILE})
# A refresh rewrites the work database and builds a release, both about as large as last time.
GROWTH_ALLOWED = 1.5
# For the first release: bytes of an empty refresh, and bytes per byte of deliveries.
FIRST_REFRESH_BYTES = 50 * MEGABYTE
FIRST_REFRESH_BYTES_PER_RAW_BYTE = 20


class DiskFullError(WarehouseError):
    """A disk, quota or file size limit is full; the message says how much disk space is needed."""


class CannotWriteError(WarehouseError):
    """A folder or file below the data folder is not writable."""


class TooManyOpenError(WarehouseError):
    """The account or the machine may open no more files at once."""


class MisplacedError(WarehouseError):
    """A folder is where the warehouse keeps a file, or a file where it keeps a folder."""


@contextmanager
def disk_errors_explained(settings: Settings, stays: str = "") -> Iterator[None]:
    """Turn errors of the disk into DiskFullError, CannotWriteError, TooManyOpenError or
    MisplacedError, which say what to do; other errors pass. ``stays`` says what is not lost.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, EXPLAINED) or _is_explained(error):
            raise
        if (reason := system_reason(error, TOO_MANY_OPEN)) is not None:
            raise TooManyOpenError(
                f"The system lets this account open no more files ({reason}). {stays}Raise the "
                f"limit to 4096 or more (ulimit -n, or LimitNOFILE= in the service's unit), and "
                f"refresh again."
            ) from error
        if (place := _misplaced_place(error, settings)) is not None:
            raise MisplacedError(_misplaced(place, stays)) from error
        if (reason := system_reason(error, NOT_WRITABLE)) is not None:
            raise CannotWriteError(
                f"{_place(error, settings)} cannot be written to ({reason}). {stays}A refresh "
                f"writes below {settings.data}: make the user who runs the refresh its owner, "
                f"and refresh again."
            ) from error
        if (reason := system_reason(error, DISK_FULL_ERRNOS) or _is_full(settings)) is not None:
            raise DiskFullError(
                f"The disk is full ({reason}). {stays}{space_needed(settings)} Free disk space "
                f"(fewer releases_kept, a larger quota) and refresh again."
            ) from error
        raise


EXPLAINED = (DiskFullError, CannotWriteError, TooManyOpenError, MisplacedError)


def _misplaced_place(error: BaseException, settings: Settings) -> Path | None:
    """Return the path of a folder in place of a file, or the reverse, if that is the error."""
    if not isinstance(error, IsADirectoryError | NotADirectoryError):
        return None
    place = Path(error.filename2 or error.filename or "")
    is_ours = place.is_relative_to(settings.data) and not place.is_relative_to(settings.raw_dir)
    return place if is_ours else None


def _misplaced(place: Path, stays: str) -> str:
    found, kept = ("folder", "file") if place.is_dir() else ("file", "folder")
    return (
        f"{place} is a {found}, and the warehouse keeps a {kept} there. {stays}Move it away and "
        f"run the command again, which creates what is missing."
    )


def _is_explained(error: BaseException) -> bool:
    """Return whether an error has an exit code of its own or is about a file the caller named."""
    return isinstance(error, WarehouseError) and (
        error.exit_code != WarehouseError.exit_code or error.concerns == "caller"
    )


def system_reason(error: BaseException, numbers: frozenset[int]) -> str | None:
    """Return the system's message for an error or its cause if it has one of these numbers."""
    for cause in _chain(error):
        if isinstance(cause, OSError) and cause.errno in numbers:
            return os.strerror(cause.errno)
    texts = " ".join(map(repr, _chain(error)))  # dbt has errors without str
    return next((words for words in map(os.strerror, sorted(numbers)) if words in texts), None)


def _is_full(settings: Settings) -> str | None:
    """Return the system's message if a file cannot grow, whatever error a library raised.

    DuckDB, for example, says of a file that it could not create that it is no database. A quota or
    a limit of the process leaves the disk itself free, so a file is written to see.
    """
    if not settings.data.exists():
        return None
    if shutil.disk_usage(settings.data).free < MEGABYTE:
        return os.strerror(errno.ENOSPC)
    probe = settings.data / f".probe-{os.getpid()}"
    try:
        probe.write_bytes(bytes(MEGABYTE))
    except OSError as error:
        return os.strerror(error.errno or 0) if error.errno in DISK_FULL_ERRNOS else None
    finally:
        probe.unlink(missing_ok=True)
    return None


def space_needed(settings: Settings) -> str:
    """Return a sentence with the disk space that a refresh needs and that is free."""
    needed = 1 + _bytes_needed(settings) // MEGABYTE
    free = shutil.disk_usage(settings.data).free // MEGABYTE
    return f"A refresh needs about {needed:,} MB below {settings.data}, where {free:,} MB are free."


def _bytes_needed(settings: Settings) -> int:
    if not settings.published_path.exists():
        raw = _size(settings.raw_dir)
        return FIRST_REFRESH_BYTES + FIRST_REFRESH_BYTES_PER_RAW_BYTE * raw
    last = settings.published_path.stat().st_size + _size(settings.work_path.parent)
    return int(GROWTH_ALLOWED * last)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _place(error: BaseException, settings: Settings) -> str:
    names = (getattr(cause, "filename", None) for cause in _chain(error))
    return str(next(filter(None, names), settings.data))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and the errors that caused it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__

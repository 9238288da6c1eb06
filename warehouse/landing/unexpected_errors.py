"""Unexpected errors in one delivery: that delivery is skipped, and the others are landed."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path

from warehouse.errors import WarehouseError
from warehouse.settings import PROJECT_DIR

# Of the system's errors only these are about one name; others (a full disk, a share that is gone,
# too many open files) concern the whole night.
OF_A_NAME = {
    errno.ENAMETOOLONG: "its name is too long; rename it to 100 characters at most",
    errno.EILSEQ: "its name holds characters that this disk does not take; rename it",
    errno.EINVAL: "its name holds characters that this disk does not take; rename it",
}


def why_skipped(error: Exception) -> str:
    """Say why a delivery is skipped because of an error that nobody foresaw.

    The error's own words may quote a cell, so its kind and place are given. Raises the error again
    when it is not about this delivery alone.
    """
    if isinstance(error, OSError) and error.errno in OF_A_NAME:
        return OF_A_NAME[error.errno]
    if isinstance(error, WarehouseError | OSError):
        raise error
    return (
        f"it could not be read for a reason that nobody foresaw ({type(error).__name__} in "
        f"{_place(error)}); deliver it in a simpler form, and tell the warehouse's developers"
    )


def _place(error: Exception) -> str:
    """The last line of our own code in which it happened."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(PROJECT_DIR / "warehouse")
    ]
    last = frames[-1]
    return f"{Path(last.filename).relative_to(PROJECT_DIR)}:{last.lineno}"

"""Errors that may pass by themselves: those of a file system that is out of reach for a while.

Nothing else is tried again. A check, a model or a full disk fails the second time as the first.
"""

from __future__ import annotations

import errno
import os

from warehouse.disk import system_reason
from warehouse.errors import WarehouseError
from warehouse.landing.report import LandingReport

# What a network share answers while its server or the way to it is down.
PASSING = frozenset(
    {
        *(errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EREMOTEIO),
        *(errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH),
        *(errno.ECONNRESET, errno.ECONNABORTED, errno.ENOTCONN),
    }
)


class UnreachableError(WarehouseError):
    """Deliveries could not be read because their file system is out of reach."""


def may_pass(error: BaseException) -> bool:
    """Whether the same may go well when it is tried again soon."""
    return system_reason(error, PASSING) is not None


def require_reached(landed: LandingReport) -> None:
    """Raise UnreachableError when files were skipped because their file system was out of reach."""
    words = [os.strerror(number) for number in PASSING]
    lost = [entry.line for entry in landed.skipped if any(word in entry.reason for word in words)]
    if lost:
        raise UnreachableError(
            "Deliveries could not be read, and nothing of them was landed:\n"
            + "\n".join(f"  - {line}" for line in lost)
            + "\nCheck that their file system is mounted, and refresh again."
        )

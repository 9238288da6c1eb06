"""Errors that a person can act on.

A message says what happened, why it matters (what stays, what was not done) and what to do:

    error: <what happened>, so <what was not done>. <What to do.>
    error: The disk is full, so nothing was landed. Free disk space and refresh again.
"""

from __future__ import annotations

# What every failure begins with on the console, so that people and programs find it.
OPENING = "error:"


class WarehouseError(Exception):
    """Base of every error whose message is meant for people; shown without a traceback.

    ``concerns``: who is alerted, when nobody is at the keyboard: operator, data_manager, or only
    the caller. ``quotes_values``: the message may repeat that of a database or a library, which
    can name a patient's value; it stays at the console and in Prefect, on this machine.
    """

    exit_code = 1
    concerns = "operator"
    quotes_values = False

    @property
    def without_values(self) -> str:
        """The message in a form that may leave the machine."""
        return _only_kind(self) if self.quotes_values else str(self)


def reason_without_values(error: BaseException) -> str:
    """Return why something failed, in a form that may go into alerts, records and logs."""
    if isinstance(error, WarehouseError):
        return error.without_values
    if isinstance(error, OSError):
        return str(error)
    if isinstance(error, Exception):
        return _only_kind(error)
    return f"It was stopped ({type(error).__name__})."


def _only_kind(error: BaseException) -> str:
    return (
        f"{type(error).__name__}. What it says may hold patients' values and is not sent: it is on "
        f"the page of the run in Prefect on the warehouse's machine (make server)."
    )

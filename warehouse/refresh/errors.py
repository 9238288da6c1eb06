"""Errors of a refresh's steps, for people: what happened, what stays, what to do."""

from __future__ import annotations

from enum import StrEnum

from warehouse.errors import WarehouseError

LAST_STAYS = "The last release stays as it is. "
WHAT_TO_DO = {
    "land": "Look whether the deliveries' folder can be read, and refresh again: what was landed "
    "counts, and the rest is landed then.",
    "check": "Look for a delivery or a rule that is new since the last refresh that went well.",
    "build": "Look for a delivery, a code list or a model that is new since the last refresh that "
    "went well; the models' names are those of dbt_project/models.",
    "release gate": "Look for a delivery or a rule that changed; Great Expectations' pages say "
    "which rows break the invariant.",
    "publish": "Look whether the releases' folder can be written to, and refresh again.",
    "report": "The release can be used. Fix the cause and refresh again, so that the pages are of "
    "this release.",
}


class SettingsChangedError(WarehouseError):
    """A settings file changed while a refresh ran; the message names it."""


class Loss(StrEnum):
    """Loss that a person can accept (``--go-on-without``)."""

    HISTORY = "history"
    ROWS = "rows"
    KEY = "key"


class GateFailedError(WarehouseError):
    """The candidate broke an invariant; the last release stays."""

    concerns = "data_manager"


class ReportsError(WarehouseError):
    """A release is published, and not all of its reports could be written."""

    exit_code = 4


class StepFailedError(WarehouseError):
    """A step ended with an error that nobody foresaw; the message says what to do."""

    def __init__(self, step: str, error: Exception, stays: str) -> None:
        self._step, self._kind = step, type(error).__name__
        self._then = f"{stays}{WHAT_TO_DO[step]}"
        super().__init__(f"The {self._step} step failed: {self._kind}: {error}\n{self._then}")

    @property
    def without_values(self) -> str:
        """Step, kind of error and what to do, without the error's own text."""
        return f"The {self._step} step failed ({self._kind}). {self._then}"

"""Errors that a person can act on: their text says what happened, why it matters, what to do."""

from __future__ import annotations


class WarehouseError(Exception):
    """Base of every error whose message is meant for people; shown without a traceback."""

    exit_code = 1
    opening = "Not done."

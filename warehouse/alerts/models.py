"""Alerts: each has an audience, and a key by which it is sent once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    """Group of people who act on an alert."""

    OPERATOR = "operator"
    DATA_MANAGER = "data_manager"

    @property
    def words(self) -> str:
        """Name for people."""
        return self.value.replace("_", " ")


@dataclass(frozen=True)
class Alert:
    """One thing that somebody should know; its text holds no patient's value."""

    key: str
    audience: Audience
    text: str

"""What people are told of: matters, each for somebody, each with a key by which it is told once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Audience(StrEnum):
    """Who is to act."""

    OPERATOR = "operator"
    DATA_MANAGER = "data_manager"

    @property
    def words(self) -> str:
        """Who it is, for people."""
        return self.value.replace("_", " ")


@dataclass(frozen=True)
class Alert:
    """One thing that somebody should know; its text holds no patient's value."""

    key: str
    audience: Audience
    text: str

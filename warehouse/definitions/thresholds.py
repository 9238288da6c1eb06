"""Shares of a delivery that may break a rule, and the consequence beyond: ``thresholds.yaml``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator

from warehouse.definitions.config import THRESHOLDS, own_path, shipped_path
from warehouse.definitions.dictionary import Severity, read_definition
from warehouse.files import lies_there

Consequence = Literal["flag", "reject_row", "hold_delivery", "hold_release"]


class Threshold(BaseModel):
    """The share of a delivery's checked rows that may break a rule, and what happens beyond it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_failed_share: float = Field(ge=0, le=1)
    then: Consequence
    min_rows: int = Field(1, ge=1)

    def problem(self, severity: Severity | None, is_rowless: bool) -> str | None:
        """Return why it fits no rule of a severity; ``is_rowless`` is a rule that checks no row."""
        if severity is None:
            return "there is no rule of this name"
        if severity == "reject" and self.then == "flag":
            return (
                "the rule rejects each row that breaks it, so it cannot only flag; set the "
                "severity to warn where the rule stands"
            )
        if is_rowless and self.then == "reject_row":
            return "it checks a whole delivery, so there is no row to reject"
        return None


# Of rules on whole deliveries.
HOLD_DELIVERY = Threshold(max_failed_share=0, then="hold_delivery")
# Rows that do not go with the others: the files do not belong together, or columns are exchanged.
HOLD_WHEN_MOST_FAIL = Threshold(max_failed_share=0.5, min_rows=20, then="hold_delivery")


class OwnThresholds(BaseModel):
    """Severities and rules whose threshold is another one than the shipped."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    defaults: dict[Severity, Threshold] = Field(default_factory=dict)
    rules: dict[str, Threshold] = Field(default_factory=dict)


class Thresholds(OwnThresholds):
    """The default of each severity, and the rules that have a threshold of their own."""

    defaults: dict[Severity, Threshold]

    @field_validator("defaults")
    @classmethod
    def _has_each(cls, defaults: dict[Severity, Threshold]) -> dict[Severity, Threshold]:
        if missing := [name for name in get_args(Severity) if name not in defaults]:
            raise ValueError(f"there is none for {' and '.join(missing)}")
        return defaults

    def problems(self, severities: dict[str, Severity], rowless: Iterable[str]) -> list[str]:
        """Return entries that fit no rule (id -> severity); ``rowless`` rules check no row."""
        whole = set(rowless)
        problems = {
            name: threshold.problem(severities.get(name), name in whole)
            for name, threshold in self.rules.items()
        }
        return sorted(f"{name}: {problem}" for name, problem in problems.items() if problem)


def load_thresholds(path: Path | None = None) -> Thresholds:
    """Read the shipped, complete file. Raises DictionaryError naming the file and the key."""
    return cast(Thresholds, read_definition(Thresholds, path or shipped_path(THRESHOLDS)))


def with_own(shipped: Thresholds, path: Path) -> Thresholds:
    """The shipped thresholds, but for the lines that a warehouse's own file has, if there is one.

    Raises DictionaryError as above.
    """
    if not lies_there(path):
        return shipped
    own = cast(OwnThresholds, read_definition(OwnThresholds, path))
    return Thresholds(defaults=shipped.defaults | own.defaults, rules=shipped.rules | own.rules)


@cache
def thresholds() -> Thresholds:
    """The warehouse's thresholds, read once per process."""
    return with_own(load_thresholds(), own_path(THRESHOLDS))

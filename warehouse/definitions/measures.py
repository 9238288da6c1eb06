"""Numbers of rules in words: a measure is written in the unit of its limit, wherever it stands."""

from __future__ import annotations

from math import floor
from typing import NamedTuple

# The units of limits that are none of measurement.
SHARE, RATIO, INDEX = "share", "ratio", "index"
HUNDREDTHS = 10_000
WHOLE_FROM = 1_000


class Limit(NamedTuple):
    """A number that a rule compares with, its unit and its source; in text and SQL, the number."""

    value: float
    unit: str
    source: str = "Registry"

    def __str__(self) -> str:
        return str(self.value)

    @property
    def words(self) -> str:
        """The limit as a measure of its rule is written: ``50%``, ``5 times``."""
        return measure(self.value, self.unit)


def percent(share: float | None) -> str:
    """A share, cut and not rounded, so that 100% means all."""
    if share is None:
        return ""
    return f"{floor(share * HUNDREDTHS + 1e-9) / 100:g}%"


def measure(number: float, unit: str) -> str:
    """A measure or a limit: ``50%``, ``5.5 times``, ``22.5 mmol/L``, an index without a unit."""
    if unit == SHARE:
        return percent(number)
    if unit == INDEX:
        return _figure(number)
    return f"{_figure(number)} {'times' if unit == RATIO else unit}"


def _figure(number: float) -> str:
    """A number, as short as it says the same."""
    return f"{number:,.0f}" if abs(number) >= WHOLE_FROM else f"{number:.4g}"

"""Dates that a spreadsheet half swapped: it took day for month where it could, and left the rest.

A US Excel reads 7/3/2021 as 3 July and keeps 14/3/2021 as text. What remains is a column of real
dates, none after day 12, beside texts with a day after 12.
"""

from __future__ import annotations

import re
from datetime import date

LAST_MONTH = 12
_DAY_AND_MONTH = re.compile(r"([0-9]{1,2})[./\- ]([0-9]{1,2})[./\- ](?:[0-9]{4}|[0-9]{2})(?![0-9])")


class DateMix:
    """Counts the kinds of dates among the distinct cells of a column."""

    def __init__(self) -> None:
        self._real_low = self._real_high = self._text_low = self._text_high = 0

    def see(self, cell: object) -> None:
        """Count a cell that is a real date, or a text that has a day and a month in any order."""
        if isinstance(cell, date):
            is_high = cell.day > LAST_MONTH
            self._real_high += is_high
            self._real_low += not is_high
        elif isinstance(cell, str) and (found := _DAY_AND_MONTH.match(cell.strip())):
            is_high = max(map(int, found.groups())) > LAST_MONTH
            self._text_high += is_high
            self._text_low += not is_high

    @property
    def half_swapped(self) -> str | None:
        """What looks swapped, in words that hold nothing of a cell."""
        others = self._real_high + self._text_low
        if others or not (self._real_low and self._text_high):
            return None
        return (
            f"{self._real_low:,} dates, none after day 12 of a month, "
            f"beside {self._text_high:,} texts, all after it"
        )

"""Dates that a spreadsheet half swapped: it took day for month where it could, and left the rest.

A US Excel reads 7/3/2021 as 3 July and keeps 14/3/2021 as text. What remains is a column of real
dates, most of them up to day 12, beside texts, most of them after it. Of dates that nobody swapped
12 in 30 are up to day 12.
"""

from __future__ import annotations

import re
from datetime import date

LAST_MONTH = 12
# So many texts, so late, are chance in one column of a hundred.
FEWEST_TEXTS = 8
LATE_TEXTS_SHARE = 0.9
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
        """Describe dates that look swapped; the text holds nothing of a cell.

        Single dates may have been typed or corrected later, so most count, and not all. Among
        many dates that were always real the swapped ones are few; then the texts decide.
        """
        texts, real = self._text_low + self._text_high, self._real_low + self._real_high
        if not self._real_low or self._text_high <= self._text_low:
            return None
        only_late_texts = texts >= FEWEST_TEXTS and self._text_high >= LATE_TEXTS_SHARE * texts
        if self._real_low <= self._real_high and not only_late_texts:
            return None
        return (
            f"{self._real_low:,} of {real:,} real dates up to day {LAST_MONTH} of a month, "
            f"beside {self._text_high:,} of {texts:,} texts after it"
        )

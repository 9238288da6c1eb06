"""Reading dates and times in declared formats: strptime's directives, made fast and lenient.

Numbers need no leading zero where something separates them (``2019/3/5 14:05``), and seconds may
have a fraction of zeros, as databases write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time

from warehouse.definitions.dictionary import DictionaryError

_DIRECTIVES = ("Y", "m", "d", "H", "M", "S")
_DATE_PARTS = 3
_DIRECTIVE = re.compile(r"%(.)")
_ADJACENT = re.compile(r"%.%")


class _Format:
    """One format as a regular expression whose groups are the numbers in it."""

    def __init__(self, text: str) -> None:
        literals_and_directives = _DIRECTIVE.split(text)
        directives = literals_and_directives[1::2]
        if len(directives) < _DATE_PARTS or set(directives) != set(_DIRECTIVES[: len(directives)]):
            raise DictionaryError(
                f"date format {text!r} is not supported. Use %Y %m %d, then perhaps %H %M %S, "
                "each once"
            )
        digits = "([0-9]{2})" if _ADJACENT.search(text) else "([0-9]{1,2})"
        regex = re.escape(literals_and_directives[0])
        for directive, literal in zip(directives, literals_and_directives[2::2], strict=True):
            regex += "([0-9]{4})" if directive == "Y" else digits
            regex += r"(?:\.0+)?" if directive == "S" else ""
            regex += re.escape(literal).replace(r"\ ", " +")
        self.pattern = re.compile(regex)
        self._order = [directives.index(name) for name in _DIRECTIVES[: len(directives)]]

    def year(self, cell: str) -> str | None:
        """The year as it is written; None when the cell is written otherwise."""
        match = self.pattern.fullmatch(cell)
        return match.groups()[self._order[0]] if match else None

    def read(self, cell: str) -> datetime | None:
        """The moment; None when the cell is written otherwise or names an impossible moment."""
        match = self.pattern.fullmatch(cell)
        if match is None:
            return None
        numbers = match.groups()
        try:
            return datetime(*[int(numbers[position]) for position in self._order])
        except ValueError:
            return None


class DatetimeReader:
    """Reads dates and times in the given formats, always tried in the order given."""

    def __init__(self, date_formats: Iterable[str], datetime_formats: Iterable[str]) -> None:
        self._dates = [_Format(text) for text in dict.fromkeys(date_formats)]
        self._datetimes = [_Format(text) for text in dict.fromkeys(datetime_formats)]

    def as_datetime(self, cell: str) -> datetime | None:
        """The date and time in the cell, or None when there is none or it is impossible."""
        return _first(self._datetimes, cell)

    def as_date(self, cell: str) -> date | None:
        """The date in the cell (midnight may follow it), or None."""
        moment = _first(self._dates, cell) or _first(self._datetimes, cell)
        return moment.date() if moment and moment.time() == time.min else None

    def year(self, cell: str) -> str | None:
        """The four digits of the year in a cell that is written as a date or time, possible or not.

        None when it is written otherwise.
        """
        years = (form.year(cell) for form in (*self._dates, *self._datetimes))
        return next(filter(None, years), None)


def _first(formats: list[_Format], cell: str) -> datetime | None:
    for form in formats:
        moment = form.read(cell)
        if moment is not None:
            return moment
    return None

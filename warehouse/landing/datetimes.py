"""Reading dates and times in declared formats: strptime's directives, made fast and lenient.

Numbers need no leading zero where something separates them (``2019/3/5 14:05``), nor does a clock
of digits alone (``%H%M``: 815, and 5 is 00:05). Months may be English names. Fractions of seconds
are cut. A zone behind a time (``Z``, ``+08:00``) is turned into the site's clock. ``seconds since
1960-01-01`` is a format, too: that of a statistics program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

from warehouse.definitions.dictionary import DictionaryError
from warehouse.landing.chinese_clocks import HALF_FOUND, in_figures, is_uncertain

CENTURY_FOUND = (
    "a year of two digits whose century is not certain; say two_digit_years_from in the site's "
    "mapping"
)
CLOCK_FOUND = (
    "a clock without a day; name the column of the day, too (join), in the site's mapping, or "
    "deliver the day"
)
BARE_CLOCK_FOUND = (
    "digits that may be a clock (HHMM), without a day; name the column of the day, too (join), in "
    "the site's mapping, and below formats how both are written, as in %Y-%m-%d %H%M"
)
OR_ASSUME = "or say below incomplete_dates in the site's mapping which time stands for it"
DAY_FOUND = f"a day without a clock; deliver the clock, {OR_ASSUME}"
FIGURES_FOUND = (
    "a day and a clock without a colon; say below formats in the site's mapping how they are "
    "written, as in %Y-%m-%d %H%M"
)
ZONE_FOUND = "a time with a time zone; say time_zone in the site's mapping"
# A clock alone, of up to 24 hours.
CLOCK = re.compile(r"[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?: ?[AaPp][Mm])?")
# What may be a clock without a colon, behind a day.
_BARE_CLOCK = re.compile(r"(?:[0-2]?[0-9])?[0-5]?[0-9]")
_FIGURES = re.compile(rf"(.+) ({_BARE_CLOCK.pattern})")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, start=1)}
_MONTH_NUMBERS |= {name[:3]: number for name, number in _MONTH_NUMBERS.items()} | {"sept": 9}
_DIRECTIVE = re.compile(r"%(.)")
# What may stand behind a time, whether or not its format says so.
_ANYWHERE = re.compile(r"[.,]%f| ?%z")
_FRACTION, _ZONE = r"(?:[.,][0-9]+)?", r"(?: ?(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?"
_GROUPS = {
    "Y": "([0-9]{4})", "y": "([0-9]{2})", "b": r"([A-Za-z]{3,9})\.?", "p": r"([AaPp])\.?[Mm]\.?",
}  # fmt: skip
# Which parts of a date and time a directive says, and which must go before it.
_SAYS = {"Y": "Y", "y": "Y", "m": "m", "b": "m", "B": "m", "d": "d", "H": "H", "I": "H"}
_SAYS |= {"M": "M", "S": "S", "p": "p"}
_NUMBERS = ("Y", "m", "d", "H", "M", "S")
_GLUED = {*_NUMBERS, "y"}
_SINCE = re.compile(
    r"(days|hours|minutes|seconds|milliseconds) since ([0-9]{4}-[0-9]{2}-[0-9]{2})( UTC)?"
)
_COUNT = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]*)?")
EARLIEST_YEAR, _CENTURY, _NOON = 1900, 100, 12


class AssumedDay(date):
    """A day whose month or day of the month the site's mapping says."""


class AssumedMoment(datetime):
    """A moment whose month, day or clock the site's mapping says, or one that is made of such."""


@dataclass(frozen=True)
class Calendar:
    """Parts that dates may lack: the century, a month, a day or a clock, and the zone of the clock.

    ``first_year`` and ``last_year`` are those that a field allows; where they leave two centuries,
    ``pivot`` is the first of the years that two digits mean.
    """

    first_year: int = EARLIEST_YEAR
    last_year: int = 9999
    pivot: int | None = None
    month: int | None = None
    day: int | None = None
    clock: time | None = None
    zone: str | None = None

    def year(self, digits: str) -> int | None:
        """The year; of two digits the one that is possible, None where nothing decides."""
        if len(digits) > 2:  # noqa: PLR2004
            return int(digits)
        last = self.last_year - (self.last_year - int(digits)) % _CENTURY
        if last - _CENTURY < self.first_year:
            return last
        if self.pivot is None:
            return None
        return self.pivot + (int(digits) - self.pivot) % _CENTURY

    def local(self, moment: datetime, zone: str) -> datetime | None:
        """The site's clock at a time of another zone; None where nobody says which it is."""
        if self.zone is None:
            return None
        offset = timedelta(0)
        if zone[0] in "+-":
            digits = zone[1:].replace(":", "")
            offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            offset = -offset if zone[0] == "-" else offset
        there = moment.replace(tzinfo=timezone(offset))
        return there.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)


GREGORIAN = Calendar()


class _Format:
    """One format as a regular expression with a group for each of its parts."""

    def __init__(self, text: str, calendar: Calendar) -> None:
        self._calendar = calendar
        directives, literals = _split(text)
        self._parts = [_SAYS[name] for name in directives if name in _SAYS]
        self._require(text, directives)
        self.is_timed = "H" in self._parts
        self._is_incomplete = not {"m", "d"} <= set(self._parts)
        # Of numbers alone, which most cells are: where each of them is, from the year on.
        is_plain = set(directives) <= set(_NUMBERS) and not self._is_incomplete
        order = [directives.index(name) for name in _NUMBERS if name in directives]
        self._order = order if is_plain else None
        regex = re.escape(literals[0])
        bare = _bare_clock(directives, literals)
        for at, (directive, literal) in enumerate(zip(directives, literals[1:], strict=True)):
            digits = "([0-9]{2})" if _is_glued(at, directives, literals) else "([0-9]{1,2})"
            group = _GROUPS.get("b" if directive == "B" else directive, digits)
            regex += bare.get(at, group)
            regex += _FRACTION if directive == "S" else ""
            regex += re.escape(literal).replace(r"\ ", " +")
        self._pattern = re.compile(regex + (_ZONE if self.is_timed else "()"))

    def _require(self, text: str, directives: list[str]) -> None:
        says, lacks = set(self._parts), {"Y", "m", "d"} - set(self._parts)
        is_known = len(self._parts) == len(directives) == len(says)
        in_order = "H" in says or not says & {"M", "S", "p"}
        in_order = in_order and ("M" in says or "S" not in says)
        if not is_known or "Y" in lacks or not in_order or ("I" in directives) != ("p" in says):
            raise DictionaryError(
                f"date format {text!r} is not supported. Use %Y (or %y) %m (or %b) %d, then "
                "perhaps %H %M %S, or %I %M %S %p, each once; or write seconds since 1960-01-01"
            )
        stands = {"m": self._calendar.month, "d": self._calendar.day}
        if any(stands[part] is None for part in lacks):
            raise DictionaryError(
                f"date format {text!r} is not supported. It lacks %{' and %'.join(sorted(lacks))}: "
                "give below incomplete_dates which month and day stand for it"
            )

    def year(self, cell: str) -> str | None:
        """The year that is meant; None when the cell is written otherwise."""
        match = self._pattern.fullmatch(cell)
        year = self._calendar.year(match[1 + self._parts.index("Y")]) if match else None
        return None if year is None else str(year)

    def why_none(self, cell: str) -> str | None:
        """Return what is unknown in a cell of this form."""
        match = self._pattern.fullmatch(cell)
        if match is None:
            return None
        if self._calendar.year(match[1 + self._parts.index("Y")]) is None:
            return CENTURY_FOUND
        return ZONE_FOUND if match.groups()[-1] and self._calendar.zone is None else None

    def read(self, cell: str) -> datetime | None:
        """The moment; None when the cell is written otherwise or names an impossible moment."""
        match = self._pattern.fullmatch(cell)
        if match is None:
            return None
        *groups, zone = match.groups()
        if self._order and not zone:
            try:
                return datetime(*[int(groups[at] or 0) for at in self._order])
            except ValueError:
                return None
        found = dict(zip(self._parts, groups, strict=True))
        year = self._calendar.year(found["Y"])
        month = found.get("m", str(self._calendar.month))
        month = month if month.isdigit() else str(_MONTH_NUMBERS.get(month.casefold(), 0))
        day = found.get("d", self._calendar.day)
        hour = _hour(int(found.get("H") or 0), found.get("p"))
        make = AssumedMoment if self._is_incomplete else datetime
        if year is None or hour is None:
            return None
        try:
            minute, second = int(found.get("M") or 0), int(found.get("S") or 0)
            moment = make(year, int(month), int(day or 0), hour, minute, second)
            return self._calendar.local(moment, zone) if zone else moment
        except (ValueError, OverflowError):
            return None


class _Since:
    """A number of days or seconds since the day 0 of a program."""

    is_timed = True

    def __init__(self, text: str, calendar: Calendar) -> None:
        match = _SINCE.fullmatch(text)
        try:
            unit, start, self._zone = match.groups() if match else ("", "", None)
            self._start = datetime.fromisoformat(start)
        except ValueError as error:
            raise DictionaryError(
                f"date format {text!r} is not supported. Write it as days since 1899-12-30, or "
                "hours, minutes, seconds or milliseconds since a day, perhaps with UTC behind it"
            ) from error
        self._unit, self._calendar = timedelta(**{unit: 1}), calendar

    def year(self, cell: str) -> str | None:
        """The year of the moment."""
        moment = self.read(cell)
        return str(moment.year) if moment else None

    def why_none(self, cell: str) -> str | None:
        """Return what is unknown of the time."""
        is_lost = self._zone and self._calendar.zone is None and _COUNT.fullmatch(cell)
        return ZONE_FOUND if is_lost else None

    def read(self, cell: str) -> datetime | None:
        """The moment, to the second; None when it is no number, or of a year that cannot be."""
        if not _COUNT.fullmatch(cell):
            return None
        try:
            passed = float(cell.replace(",", ".")) * self._unit
            moment = self._start + timedelta(seconds=round(passed.total_seconds()))
        except OverflowError:
            return None
        if not self._calendar.first_year <= moment.year <= self._calendar.last_year:
            return None
        return self._calendar.local(moment, "UTC") if self._zone else moment


class DatetimeReader:
    """Reads dates and times in the given formats, always tried in the order given.

    ``drops_clocks``: a field without a clock is read where a cell has one, as the mapping says.
    Raises DictionaryError for a format that is none.
    """

    def __init__(
        self,
        date_formats: Iterable[str],
        datetime_formats: Iterable[str],
        calendar: Calendar = GREGORIAN,
        drops_clocks: bool = False,
    ) -> None:
        self._calendar, self.drops_clocks = calendar, drops_clocks
        self._dates = [_format(text, calendar) for text in dict.fromkeys(date_formats)]
        self._datetimes = [_format(text, calendar) for text in dict.fromkeys(datetime_formats)]

    def as_datetime(self, cell: str) -> datetime | None:
        """The date and time in the cell, or None when there is none or it is impossible."""
        moment = self._moment(cell)
        if moment is None and (clock := self._calendar.clock):
            day = _first(self._dates, cell)
            return AssumedMoment.combine(day, clock) if day else None
        return moment

    def as_date(self, cell: str) -> date | None:
        """The date in the cell (midnight may follow it, or a clock to be dropped), or None."""
        moment = _first(self._dates, cell) or self._moment(cell)
        is_day = moment and (self.drops_clocks or moment.time() == time.min)
        return day_of(moment) if moment and is_day else None

    def as_day(self, cell: str) -> date | None:
        """The date in a cell that has no clock, of a year that is possible; or None."""
        moment, within = _first(self._dates, cell), self._calendar
        is_possible = moment and within.first_year <= moment.year <= within.last_year
        return day_of(moment) if moment and is_possible else None

    def year(self, cell: str) -> str | None:
        """The four digits of the year in a cell that is written as a date or time, possible or not.

        None when it is written otherwise.
        """
        text = in_figures(cell) or cell
        years = (form.year(text) for form in (*self._dates, *self._datetimes))
        return next(filter(None, years), None)

    def why_none(self, cell: str) -> str | None:
        """Return why a cell in the form of a time is none, where the mapping could say more."""
        if is_clock(cell):
            return CLOCK_FOUND
        if is_clock_in_digits(cell) and not cell.startswith(("19", "20")):  # may be a year
            return BARE_CLOCK_FOUND
        if self.as_day(cell):
            return DAY_FOUND
        if (match := _FIGURES.fullmatch(cell)) and self.as_day(match[1]):
            return FIGURES_FOUND
        if is_uncertain(cell):
            return HALF_FOUND
        reasons = (form.why_none(cell) for form in (*self._dates, *self._datetimes))
        return next(filter(None, reasons), None)

    def _moment(self, cell: str) -> datetime | None:
        """The date and time of a cell, its clock in figures or in Chinese."""
        moment = _first(self._datetimes, cell)
        if moment is None and (text := in_figures(cell)):
            return _first(self._datetimes, text)
        return moment


def is_clock(cell: str) -> bool:
    """Whether a cleaned cell is a clock, and no day is beside it."""
    return CLOCK.fullmatch(in_figures(cell) or cell) is not None


def is_clock_in_digits(cell: str) -> bool:
    """Whether a cleaned cell is three or four digits that may be hours and minutes."""
    return len(cell) >= 3 and _BARE_CLOCK.fullmatch(cell) is not None  # noqa: PLR2004


def may_be_clock(cell: str) -> bool:
    """Whether a cleaned cell is a clock, or digits that are one where a format says so."""
    return is_clock(cell) or _BARE_CLOCK.fullmatch(cell) is not None


def is_timed(text: str) -> bool:
    """Whether a format has a clock, or counts from a day."""
    return "%H" in text or "%I" in text or " since " in text


def day_of(moment: datetime) -> date:
    """The day of a date and time, with the mark of one that the mapping says."""
    kind = AssumedDay if isinstance(moment, AssumedMoment) else date
    return kind(moment.year, moment.month, moment.day)


@cache
def _format(text: str, calendar: Calendar) -> _Format | _Since:
    return _Since(text, calendar) if " since " in text else _Format(text, calendar)


def _split(text: str) -> tuple[list[str], list[str]]:
    """Directives of a format, and what stands before, between and behind them."""
    parts = _DIRECTIVE.split(_ANYWHERE.sub("", text))
    return parts[1::2], parts[::2]


def _is_glued(at: int, directives: list[str], literals: list[str]) -> bool:
    """Whether a directive has another number directly before or behind it."""
    pairs = [pair for pair in (at, at + 1) if 0 < pair < len(directives)]
    return any(
        not literals[pair] and {*directives[pair - 1 : pair + 1]} <= _GLUED for pair in pairs
    )


def _bare_clock(directives: list[str], literals: list[str]) -> dict[int, str]:
    """The groups of a clock of digits alone (``%H%M``), which as a number has lost its zeros.

    It must stand apart from the day: in ``%Y%m%d%H%M`` each part has two digits.
    """
    if "H" not in directives:
        return {}
    start = end = directives.index("H")
    while directives[end + 1 : end + 2] in (["M"], ["S"]) and not literals[end + 1]:
        end += 1
    if start == end or (start and not literals[start]):
        return {}
    return dict.fromkeys(range(start, end), "([0-9]{0,2}?)") | {end: "([0-9]{1,2})"}


def _hour(hour: int, half: str | None) -> int | None:
    """The hour of the day; ``half`` is a or p of a clock with twelve hours."""
    if half is None:
        return hour
    if not 1 <= hour <= _NOON:
        return None
    return hour % _NOON + (_NOON if half in "pP" else 0)


def _first(formats: Iterable[_Format | _Since], cell: str) -> datetime | None:
    for form in formats:
        moment = form.read(cell)
        if moment is not None:
            return moment
    return None

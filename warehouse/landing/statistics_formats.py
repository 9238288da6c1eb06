"""Formats of variables in SPSS, Stata and SAS files: which numbers are dates, and how numbers look.

A variable's format decides, as it does for the people who see the file: a number without a format
of dates stays a number (a mapping may say ``days since 1960-01-01``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from warehouse.landing.cell_text import EXACT_BELOW, Cell, ShownNumber

Convert = Callable[[float], Cell]

SPSS_EPOCH = datetime(1582, 10, 14)
EPOCH_1960 = datetime(1960, 1, 1)
SECOND, DAY, MILLISECOND = timedelta(seconds=1), timedelta(days=1), timedelta(milliseconds=1)
_MONTHS_IN_YEAR = 12
# A percentage is stored as a binary fraction: 0.07 x 100 must be 7.
_EXACT_DECIMALS = 10
_NAME_AND_WIDTH = re.compile(r"(\$?[A-Z_][A-Z0-9_]*?)([0-9]*)(?:\.[0-9]*)?", re.IGNORECASE)
_STATA_ZEROS = re.compile(r"%0([0-9]+)\.0f")
_SPSS = {
    "day": {"DATE", "ADATE", "EDATE", "JDATE", "SDATE"},
    "moment": {"DATETIME", "YMDHMS"},
    "clock": {"TIME", "DTIME"},
    "month": {"MOYR"},
    "zeros": {"N"},
}
_SAS_DAYS = {f"{order}{mark}" for order in ("MMDDYY", "DDMMYY", "YYMMDD") for mark in "BCDNPS"}
_SAS = {
    "day": _SAS_DAYS
    | {"DATE", "MMDDYY", "DDMMYY", "YYMMDD", "WEEKDATE", "WEEKDATX", "WORDDATE", "WORDDATX"}
    | {"E8601DA", "B8601DA", "IS8601DA", "NLDATE"},
    "day of moment": {"DTDATE", "E8601DN", "B8601DN"},
    "moment": {"DATETIME", "E8601DT", "B8601DT", "IS8601DT", "DATEAMPM", "MDYAMPM", "NLDATM"},
    "clock": {"TIME", "TIMEAMPM", "HHMM", "TOD", "E8601TM", "B8601TM", "IS8601TM"},
    "month": {"MONYY", "YYMM", "YYMMD", "MMYY", "MMYYS"},
    "zeros": {"Z"},
    "percent": {"PERCENT", "PERCENTN"},
}


class _Program(NamedTuple):
    """Epoch of a program, and the units of its days and moments."""

    epoch: datetime
    day: timedelta
    moment: timedelta


_PROGRAMS = {
    "spss": _Program(SPSS_EPOCH, SECOND, SECOND),
    "stata": _Program(EPOCH_1960, DAY, MILLISECOND),
    "sas": _Program(EPOCH_1960, DAY, SECOND),
}


def converter(program: str, number_format: str) -> Convert:
    """Return how a number of a variable with that format is read: as a day, a clock, a number."""
    kind, width = _kind(program, number_format)
    epoch, day, moment = _PROGRAMS[program]
    converters: dict[str | None, Convert] = {
        "day": lambda number: _day(number, epoch, day),
        "day of moment": lambda number: _day(number, epoch, moment),
        "moment": lambda number: _moment(number, epoch, moment),
        "clock": lambda number: _clock(number, moment),
        "month": lambda number: _month_of(number, epoch, day),
        "months": _month,
        "zeros": lambda number: _with_zeros(number, width),
        "percent": lambda number: plain(round(number * 100, _EXACT_DECIMALS)),
    }
    return converters.get(kind, plain)


def plain(number: float) -> Cell:
    """A number; a whole one without decimals."""
    return int(number) if number == int(number) and abs(number) < EXACT_BELOW else number


def _kind(program: str, number_format: str) -> tuple[str | None, int]:
    if program == "stata":
        return _stata_kind(number_format)
    match = _NAME_AND_WIDTH.fullmatch(number_format)
    name, width = (match[1].upper(), int(match[2] or 0)) if match else ("", 0)
    kinds = _SPSS if program == "spss" else _SAS
    return next((kind for kind, names in kinds.items() if name in names), None), width


def _stata_kind(number_format: str) -> tuple[str | None, int]:
    """``%tC`` counts leap seconds, and weeks, quarters and half years are no dates: numbers."""
    text = number_format.replace("%-", "%")
    if zeros := _STATA_ZEROS.fullmatch(text):
        return "zeros", int(zeros[1])
    if text.startswith(("%td", "%d")):
        return "day", 0
    if text.startswith("%tc"):
        shows_no_day = text != "%tc" and not re.search("[DdNnMmYyCJj]", text[3:].replace("MM", ""))
        return ("clock" if shows_no_day else "moment"), 0
    return ("months" if text.startswith("%tm") else None), 0


def _moment(number: float, epoch: datetime, unit: timedelta) -> Cell:
    """The moment, to the second; a number beyond the calendar stays one."""
    try:
        found = epoch + timedelta(seconds=round(number * unit.total_seconds()))
    except OverflowError:
        return plain(number)
    return found


def _day(number: float, epoch: datetime, unit: timedelta) -> Cell:
    found = _moment(number // 1, epoch, unit)
    return found.date() if isinstance(found, datetime) else found


def _clock(number: float, unit: timedelta) -> Cell:
    """A time of day as text; what is longer than a day is none and stays a text as well."""
    seconds = round(number * unit.total_seconds())
    if seconds < 0:
        return plain(number)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _month_of(number: float, epoch: datetime, unit: timedelta) -> Cell:
    """``2021-03``: the day is not shown, and often nobody knew it."""
    found = _moment(number, epoch, unit)
    return f"{found:%Y-%m}" if isinstance(found, datetime) else found


def _month(number: float) -> Cell:
    years, month = divmod(int(number), _MONTHS_IN_YEAR)
    return f"{EPOCH_1960.year + years:04}-{month + 1:02}"


def _with_zeros(number: float, width: int) -> Cell:
    if 0 <= number < EXACT_BELOW and number == int(number):
        return ShownNumber(int(number), f"{int(number):0{width}}")
    return plain(number)

"""What a workbook's number formats show: the value that people saw is the value that they meant."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

from warehouse.landing.cell_text import Cell

# Quoted and escaped text, colors and conditions are no placeholders of a format.
_LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_PADDED = re.compile(r'(?:"([^"]*)")?(0{2,})(?:"([^"]*)")?')
# A percentage is stored as a binary fraction: 0.07 x 100 must be 7.
_SIGNIFICANT_DECIMALS = 10


class _Shown(NamedTuple):
    """What a format does to a number beyond rounding: per cent, or zeros and text around it."""

    factor: int = 1
    digits: int = 0
    before: str = ""
    after: str = ""


def shown(value: int | float | None, number_format: str) -> Cell:
    """A number as its format shows it: 0.75 under ``0%`` is 75, 42 under ``00000`` is 00042."""
    if value is None:
        return None
    form = _form(number_format)
    if form.digits and value == int(value) and value >= 0:
        return f"{form.before}{int(value):0{form.digits}d}{form.after}"
    if form.factor == 1:
        return value
    return round(value * form.factor, _SIGNIFICANT_DECIMALS)


def has_shown_numbers(workbook: Any) -> bool:
    """Whether any style of an openpyxl workbook shows another number than its cell holds."""
    custom = workbook._number_formats
    numbers = {style.numFmtId for style in workbook._cell_styles}
    formats = (
        custom[number - BUILTIN_FORMATS_MAX_SIZE]
        if number >= BUILTIN_FORMATS_MAX_SIZE
        else BUILTIN_FORMATS.get(number, "General")
        for number in numbers
    )
    return any(_form(text) != _Shown() for text in formats)


@cache
def _form(number_format: str) -> _Shown:
    first = number_format.split(";")[0]
    if padded := _PADDED.fullmatch(first):
        return _Shown(1, len(padded[2]), padded[1] or "", padded[3] or "")
    return _Shown(100 ** _LITERALS.sub("", first).count("%"))

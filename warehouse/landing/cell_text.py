"""Cells as text: cleaned, spelled for comparison, and split where they name several codes."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np


class ShownNumber(NamedTuple):
    """A number of a workbook, and the text that its format shows; None where that is not certain.

    The text is what an identifier is; other fields are read from the number.
    """

    number: int | float
    text: str | None

    @property
    def is_shown(self) -> bool:
        """Whether the text shows this number, with a unit perhaps: ``2 mg``, not ``<2``."""
        if self.text is None:
            return True
        number = re.escape(as_text(self.number))
        return bool(re.match(rf"[^0-9<>≤≥≈~±+\-]*0*{number}(?![0-9]|[.,:/\-][0-9])", self.text))


class SingleNumber(float):
    """A number of single precision (4 bytes), as its shortest decimal."""

    @property
    def is_rounded(self) -> bool:
        """Whether it may stand for a neighbor as well, so that as a time it is not exact."""
        return bool(self % 1)


class RoundedNumber(SingleNumber):
    """A whole number of single precision that may stand for its neighbor as well."""

    is_rounded = True


class LabeledCode(NamedTuple):
    """A code of a statistics program with the label that its file gives it.

    ``is_missing``: the file declares the code as one of a missing value.
    """

    code: Any
    label: str | None
    is_missing: bool = False


class PartlyEmpty(str):
    """A text of several columns of which some have nothing; ``empty`` are their headers."""

    empty: tuple[str, ...]

    def __new__(cls, text: str, empty: tuple[str, ...]) -> PartlyEmpty:
        made = super().__new__(cls, text)
        made.empty = empty
        return made


# Numbers come from workbooks and Parquet; 1 and 1.0 are the same cell.
Cell = str | int | float | datetime | date | ShownNumber | LabeledCode | None

# A formula of a workbook that was never calculated, so that it has no value.
FORMULA = "\x00formula"
FORMULA_FOUND = "a formula without a value"
# What of JSON stands in one cell and is several values.
NESTED = "\x00nested"
NESTED_FOUND = "a nested value, an object or a list"
NO_VALUES = {FORMULA: FORMULA_FOUND, NESTED: NESTED_FOUND}
# What Excel writes instead of a value, in its languages: #REF!, #BEZUG!, #NAME?, #N/A, #NV, #####.
SPREADSHEET_ERROR = re.compile(
    r"#+|#[¡¿]?[^\W\d_][\w/. ]{0,18}[!?]|#(?:N/A|NV|N/D|N/DISP|N/B|I/T|\u041d/\u0414|GETTING_DATA)",
    re.IGNORECASE,
)
ERROR_FOUND = "an error of the spreadsheet, such as #N/A"
# Spreadsheets keep 15 digits of a number, and single precision keeps whole numbers up to here.
EXACT_BELOW = 10**15
_SINGLE_EXACT_BELOW = 2**24
WHOLE_NUMBER = re.compile(r"([+-]?[0-9]{1,15})(?:\.0*)?")
# Stands for a control character within a cell, as for any character that cannot be read.
UNREADABLE_SIGN = "\ufffd"
DAMAGED_FOUND = "a character that cannot be read"
# The separators of old tape formats are no spaces, although Python takes them for some.
_SEPARATORS = "\x1c\x1d\x1e\x1f"
_SPACES = "".join(c for c in map(chr, range(0x3001)) if c.isspace() and c not in _SEPARATORS)
# Programs fill fields of fixed width with zero bytes; \x1a is the end mark of old systems.
_PADDING = f"{_SPACES}\0\x1a"
_ANY_NUMBER = re.compile(r"([+-]?)0*([0-9]{1,15})(?:\.([0-9]*?)0*)?")
_BETWEEN_CODES = re.compile(
    r"\s*[/,;|、~]\s*|\s*\b(?:or|to|bis|oder)\b\s*|\s*[或至]\s*|\s*[-\u2013]\s*"
)
EXCEL_EPOCH = datetime(1899, 12, 30)
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)
_EXCEL_SERIALS = range(1, 2_958_466)


def clean(cell: str) -> str:
    """A cell in compatibility form (full-width digits become digits), without what is invisible.

    A control character becomes ``UNREADABLE_SIGN``: a letter or digit may be lost there. The marks
    by which Excel keeps a number as text are no part of the cell.
    """
    if not cell.isascii():
        cell = unicodedata.normalize("NFKC", cell)
    if not cell.isprintable():
        cell = "".join(map(_visible, trimmed(cell)))
    cell = cell.strip()
    return _without_marks(cell) if cell[:1] in ("'", "=") else cell


def clean_name(name: str) -> str:
    """The name of a column or sheet, cleaned; control characters do not count.

    A name that lost a letter is an unknown name, which is a query; a wrong value would be none.
    """
    if not name.isprintable():
        name = "".join(" " if c.isspace() else c for c in name if c.isspace() or _is_text(c))
    return clean(name)


def trimmed(cell: str) -> str:
    """A cell without the spaces and the padding around it."""
    return cell.rstrip(_PADDING).lstrip(_SPACES)


def _without_marks(cell: str) -> str:
    """A cell without the marks by which Excel keeps a number as text: '0042 and ="0042"."""
    if match := _EXCEL_TEXT.fullmatch(cell):
        return match[1].replace('""', '"').strip()
    return cell[1:].removesuffix("'").strip() if cell.startswith("'") else cell


def spelling(cell: str) -> str:
    """A cleaned cell as it is compared with codes, markers and headers."""
    return " ".join(cell.casefold().split())


def as_text(cell: Cell) -> str:
    """A cell as text, as it is shown; times in ISO form without a clock at midnight, 3.0 as 3.

    A labeled code is its code.
    """
    if isinstance(cell, LabeledCode):
        return as_text(cell.code)
    if isinstance(cell, ShownNumber):
        return as_text(cell.number) if cell.text is None else cell.text
    if isinstance(cell, int | float):
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time.min else cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else cell or ""


def of_single_precision(number: float) -> float:
    """A number stored in single precision as it was written: 7.88, and not 7.880000114."""
    if _SINGLE_EXACT_BELOW <= abs(number) < math.inf:
        return RoundedNumber(number)
    return SingleNumber(str(np.float32(number)))


def bare(cell: Cell) -> Cell:
    """A cell without the label of its code."""
    return cell.code if isinstance(cell, LabeledCode) else cell


def plain_number(text: str) -> str:
    """One spelling for all spellings of a number: 01, +1 and 1.00 as 1; other text as it is."""
    match = _ANY_NUMBER.fullmatch(text)
    if match is None:
        return text
    sign, digits, decimals = match[1], match[2], match[3]
    number = f"{digits}.{decimals}" if decimals else digits
    return f"-{number}" if sign == "-" and number != "0" else number


def several_codes(text: str, spellings: Mapping[str, str]) -> tuple[str, ...]:
    """The codes that a text such as ``2b/3`` names, when it names several and nothing else."""
    parts = [part for part in _BETWEEN_CODES.split(text) if part]
    codes = [spellings.get(spelling(part)) for part in parts]
    known = tuple(dict.fromkeys(code for code in codes if code is not None))
    return known if None not in codes and len(known) > 1 else ()


def listed(codes: tuple[str, ...]) -> str:
    """``2a, 2b or 3``."""
    return f"{', '.join(codes[:-1])} or {codes[-1]}"


def from_excel_serial(number: float, epoch: datetime = EXCEL_EPOCH) -> datetime | None:
    """The moment that a spreadsheet's day number means, to the second; None if it means none.

    ``epoch`` is the workbook's day 0: the one of 1900, or of 1904 where Excel for the Mac made it.
    """
    if not _EXCEL_SERIALS.start <= number < _EXCEL_SERIALS.stop:
        return None
    return epoch + timedelta(seconds=round(number * 86_400))


def _visible(character: str) -> str:
    """A character as people see it: itself, a space, nothing, or the sign for one that is lost."""
    if not _is_text(character):
        return UNREADABLE_SIGN
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) == "Cf" else character


def _is_text(character: str) -> bool:
    """Whether a character is not a control character."""
    return character in _SPACES or unicodedata.category(character) != "Cc"

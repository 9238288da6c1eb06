"""Cells as text: cleaned, spelt for comparison, and split where they name several codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

# Numbers come from workbooks and Parquet; 1 and 1.0 are the same cell.
Cell = str | int | float | datetime | date | None

# A formula of a workbook that was never calculated, so that it has no value.
FORMULA = "\x00formula"
FORMULA_FOUND = "a formula without a value"
WHOLE_NUMBER = re.compile(r"([+-]?[0-9]{1,15})(?:\.0*)?")
_INVISIBLE = frozenset({"Cc", "Cf"})
_BETWEEN_CODES = re.compile(
    r"\s*[/,;|、~]\s*|\s*\b(?:or|to|bis|oder)\b\s*|\s*[或至]\s*|\s*[-\u2013]\s*"
)
_EXCEL_EPOCH = datetime(1899, 12, 30)
_EXCEL_SERIALS = range(1, 2_958_466)


def clean(cell: str) -> str:
    """A cell in compatibility form (full-width digits become digits), without what is invisible."""
    if not cell.isascii():
        cell = unicodedata.normalize("NFKC", cell)
    if not cell.isprintable():
        cell = "".join(" " if c.isspace() else c for c in cell if c.isspace() or not _invisible(c))
    return cell.strip()


def spelling(cell: str) -> str:
    """A cleaned cell as it is compared with codes, markers and headers."""
    return " ".join(cell.casefold().split())


def as_text(cell: Cell) -> str:
    """A cell as text; moments in ISO form without a clock at midnight, 3.0 as 3."""
    if isinstance(cell, int | float):
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time.min else cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else cell or ""


def whole(text: str) -> str:
    """A whole number without its decimals of zero: 3.0 as 3; any other text as it is."""
    match = WHOLE_NUMBER.fullmatch(text)
    return match[1] if match else text


def several_codes(text: str, spellings: Mapping[str, str]) -> tuple[str, ...]:
    """The codes that a text such as ``2b/3`` names, when it names several and nothing else."""
    parts = [part for part in _BETWEEN_CODES.split(text) if part]
    codes = [spellings.get(spelling(part)) for part in parts]
    known = tuple(dict.fromkeys(code for code in codes if code is not None))
    return known if None not in codes and len(known) > 1 else ()


def listed(codes: tuple[str, ...]) -> str:
    """``2a, 2b or 3``."""
    return f"{', '.join(codes[:-1])} or {codes[-1]}"


def from_excel_serial(number: float) -> datetime | None:
    """The moment that a spreadsheet's day number means, to the second; None if it means none."""
    if not _EXCEL_SERIALS.start <= number < _EXCEL_SERIALS.stop:
        return None
    return _EXCEL_EPOCH + timedelta(seconds=round(number * 86_400))


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE

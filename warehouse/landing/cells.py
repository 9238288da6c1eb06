"""Reading cells: from what was delivered to a value of the field's type.

Each distinct cell of a column is read once; the reader remembers the rest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from warehouse.dictionary import Dictionary, DictionaryField
from warehouse.landing.moments import MomentReader
from warehouse.landing.safe_text import holds, safe_text, shape
from warehouse.site import SiteMapping

UNREADABLE = object()
REMEMBERED_CELLS = 100_000
# No measurement is larger, but telephone and patient numbers are.
LARGEST_NUMBER = 999_999
LONG_NUMBER = 10_000
_INTEGER = re.compile(r"([+-]?[0-9]{1,15})(?:\.0*)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_EXCEL_EPOCH = datetime(1899, 12, 30)
_EXCEL_SERIALS = range(1, 2_958_466)
_INVISIBLE = frozenset({"Cc", "Cf"})

# Numbers come from workbooks and Parquet; 1 and 1.0 are the same cell.
Cell = str | int | float | datetime | date | None
Read = Callable[[str], Any]


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


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE


class Rules:
    """How the cells of an extract are read, by the dictionary and a site's mapping."""

    def __init__(self, words: Dictionary, mapping: SiteMapping, extract: str) -> None:
        self.words = words
        self.mapping = mapping
        self.recode = mapping.recode.get(extract, {})
        defaults = words.defaults
        self.missing = {
            spelling(clean(marker))
            for marker in (*defaults.missing_values, *mapping.missing_values)
        }
        self.longest_missing = max(map(len, self.missing))
        self.moments = MomentReader(
            (*mapping.date_formats, *defaults.date_formats),
            (*mapping.datetime_formats, *defaults.datetime_formats),
        )

    def spellings(self, field: DictionaryField) -> dict[str, str]:
        """Every known spelling of the field's codes, and the code it means."""
        codes = self.words.codes(field)
        known: dict[str, str] = {}
        for code in codes.codes if codes else ():
            for text in (*code.spellings, code.code):
                known[spelling(clean(text))] = code.code
        for recode in (field.recode, self.recode.get(field.name, {})):
            known |= {spelling(clean(text)): code for text, code in recode.items()}
        return known


class _FreeText(str):
    """Text that is no code, so that it could be anything."""


class CellReader(dict[Cell, Any]):
    """Reads the cells of one field: ``reader[cell]`` is a value, None or UNREADABLE.

    ``suspects`` holds the cells that must be compared with the identifiers of their row: texts
    that are no code (they are read as their safe text) and long numbers. With ``excel_serials`` a
    number is read as a spreadsheet's date.
    """

    def __init__(self, field: DictionaryField, rules: Rules, excel_serials: bool = False) -> None:
        super().__init__()
        self.field = field
        self.suspects: set[Cell] = set()
        self._excel_serials = excel_serials and field.type in ("date", "datetime")
        self._rules = rules
        self._spellings = rules.spellings(field)
        self._codes = frozenset(self._spellings.values())
        self._read: Read = getattr(self, f"_{field.type}")

    def __missing__(self, cell: Cell) -> Any:
        value = self[cell] = self._value(cell)
        if isinstance(value, _FreeText) or _is_long_number(value):
            self.suspects.add(cell)
        return value

    def forget(self) -> None:
        """Between batches: bound the memory that remembered cells take."""
        if len(self) > REMEMBERED_CELLS:
            self.clear()
            self.suspects.clear()

    def guarded(self, cell: Cell, identifiers: tuple[str, ...]) -> Any:
        """The value of a suspect, unless it holds an identifier of its row: then its shape."""
        text = clean(as_text(cell))
        if not any(holds(text, identifier) for identifier in identifiers):
            return self[cell]
        return self._no_code(shape(text)) if self.field.type == "string" else UNREADABLE

    def _no_code(self, text: str) -> str:
        """The text, marked where it would pass for a code that the cell did not hold."""
        return f"{text}?" if text in self._codes else text

    def _value(self, cell: Cell) -> Any:
        if isinstance(cell, str):
            return self._textual(clean(cell))
        if isinstance(cell, date):
            return self._moment(cell)
        return None if cell is None else self._numeric(cell)

    def _textual(self, text: str) -> Any:
        """A cleaned cell of text."""
        if self._is_missing(text):
            return None
        value = self._read(text)
        if value is None:
            return UNREADABLE
        if self.field.type != "string" or self.field.identifier or value in self._codes:
            return value
        if not self._codes:
            return _FreeText(value)
        return _FreeText(self._no_code(safe_text(value, self._rules.moments)))

    def _is_missing(self, text: str) -> bool:
        """Whether a text means that there is no value; a code of the field's list comes first."""
        if len(text) > self._rules.longest_missing:
            return False
        key = spelling(text)
        return key in self._rules.missing and key not in self._spellings

    def _moment(self, cell: date) -> Any:
        """A real date or time, as spreadsheets and Parquet have them."""
        if self.field.type == "datetime" and isinstance(cell, datetime):
            return cell
        if self.field.type == "date":
            midnight = not isinstance(cell, datetime) or cell.time() == time.min
            return _day(cell) if midnight else UNREADABLE
        return self._textual(as_text(cell))

    def _numeric(self, cell: int | float) -> Any:
        """A real number, as spreadsheets and Parquet have them."""
        if self.field.type == "number":
            return float(cell) if abs(cell) <= LARGEST_NUMBER else UNREADABLE
        value = self._textual(as_text(cell))
        if value is UNREADABLE and self._excel_serials:
            moment = from_excel_serial(cell)
            return UNREADABLE if moment is None else self._moment(moment)
        return value

    def _string(self, text: str) -> str:
        if not self._codes:
            return text
        code = self._code(text)
        return text if code is None else code

    def _integer(self, text: str) -> int | None:
        code = self._code(text)
        match = _INTEGER.fullmatch(self._decimal_point(code or text))
        number = int(match[1]) if match else None
        return number if number is not None and abs(number) <= LARGEST_NUMBER else None

    def _number(self, text: str) -> float | None:
        text = self._decimal_point(text)
        if not _NUMBER.fullmatch(text):
            return None
        number = float(text)
        return number if abs(number) <= LARGEST_NUMBER else None

    def _boolean(self, text: str) -> bool | None:
        return {"true": True, "false": False}.get(self._code(text) or text.casefold())

    def _date(self, text: str) -> date | None:
        return self._rules.moments.as_date(text)

    def _datetime(self, text: str) -> datetime | None:
        return self._rules.moments.as_datetime(text)

    def _code(self, text: str) -> str | None:
        """The code that a text means; a whole number may have decimals of zero."""
        code = self._spellings.get(spelling(text))
        if code is None and (match := _INTEGER.fullmatch(text)):
            code = self._spellings.get(match[1])
        return code

    def _decimal_point(self, text: str) -> str:
        if self._rules.mapping.decimal == ".":
            return text
        return text.replace(".", " ").replace(",", ".")


def _is_long_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) >= LONG_NUMBER


def as_text(cell: Cell) -> str:
    """A cell as text; moments in ISO form without a clock at midnight, 3.0 as 3."""
    if isinstance(cell, int | float):
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ") if cell.time() != time.min else cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else cell or ""


def from_excel_serial(number: float) -> datetime | None:
    """The moment that a spreadsheet's day number means, to the second; None if it means none."""
    if not _EXCEL_SERIALS.start <= number < _EXCEL_SERIALS.stop:
        return None
    return _EXCEL_EPOCH + timedelta(seconds=round(number * 86_400))


def _day(cell: date) -> date:
    return cell.date() if isinstance(cell, datetime) else cell

"""Spellings of a value as a center might type it: clean, sloppy or in Chinese; always recodable.

All spellings come from the dictionary and the code lists, so that none is planted that the
warehouse does not promise to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from warehouse.definitions.dictionary import Dictionary, DictionaryField
from warehouse.synthetic.randomness import stream

LOCAL_NAME = ("Synthetic Patient ", "合成患者")
# The center writes English and Chinese.
OTHER_LANGUAGES = frozenset(
    ("ja", "oui", "si", "sí", "sim", "да", "nein", "nee", "non", "não", "нет")
)
LOCAL_MISSING = "未查"
MISSING = "NA"
FULL_WIDTH_ZERO = 0xFF10
FULL_WIDTH = {ord(str(digit)): chr(FULL_WIDTH_ZERO + digit) for digit in range(10)}
# Shares among sloppily typed cells.
AS_FLOAT = 0.6
MISSING_MARKED = 0.35


@dataclass(frozen=True)
class Raw:
    """A cell's text exactly as the file has it."""

    text: str


def plain(value: object) -> str:
    """The value as text in the dictionary's own spelling; unknown is empty."""
    if value is None:
        return ""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return str(value)


class Speller:
    """Spells the cells of one file; ``sloppy`` is the share of cells typed in another way."""

    def __init__(self, seed: int, file: str, dictionary: Dictionary, sloppy: float, local: bool):
        self._rng = stream(seed, f"spelling {file}")
        self._dictionary = dictionary
        self._sloppy = sloppy
        self._local = local

    def header(self, field: DictionaryField) -> str:
        """The field's name, or its first Chinese alias where the file is Chinese."""
        chinese = [alias for alias in field.aliases if not alias.isascii()]
        return chinese[0] if self._local and chinese else field.name

    def text(self, field: DictionaryField, value: object) -> str:
        """One cell of a text file."""
        if isinstance(value, Raw) or field.identifier:
            return self._name(plain(value))
        if value is None:
            return self._missing()
        if field.codes:
            return self._code(field, plain(value))
        if isinstance(value, date):
            return self._date(value)
        return self._number(plain(value)) if self._is_sloppy() else plain(value)

    def cell(self, field: DictionaryField, value: object) -> object:
        """One cell of a workbook: real dates, numbers and booleans, and what people type."""
        if isinstance(value, Raw):
            return value.text
        if isinstance(value, str) and field.codes:
            spelled = self._code(field, value)
            return int(spelled) if spelled.isdecimal() and spelled.isascii() else spelled
        if isinstance(value, int) and not isinstance(value, bool) and self._is_sloppy():
            return self._number(str(value))
        return value

    def _is_sloppy(self) -> bool:
        return self._rng.random() < self._sloppy

    def _name(self, text: str) -> str:
        return text.replace(*LOCAL_NAME) if self._local else text

    def _missing(self) -> str:
        if self._rng.random() >= MISSING_MARKED:
            return ""
        return LOCAL_MISSING if self._local else MISSING

    def _code(self, field: DictionaryField, code: str) -> str:
        codes = self._dictionary.codes(field).codes
        known = next(entry.spellings for entry in codes if entry.code == code)
        spellings = [spelling for spelling in known if spelling not in OTHER_LANGUAGES]
        chinese = [spelling for spelling in spellings if not spelling.isascii()]
        if self._local and chinese:
            return chinese[0]
        if not self._is_sloppy():
            return code
        return _recased(self._rng, self._rng.choice((code, *spellings)))

    def _date(self, value: date) -> str:
        if not self._local and not self._is_sloppy():
            return plain(value)
        text = f"{value.year}/{value.month}/{value.day}"
        if isinstance(value, datetime):
            text += f" {value.hour}:{value.minute:02d}"
        return text

    def _number(self, text: str) -> str:
        if text.isdecimal() and self._rng.random() < AS_FLOAT:
            return f"{text}.0"
        return text.translate(FULL_WIDTH)


def _recased(rng: Random, text: str) -> str:
    """``2b`` as ``2B``, ``tici 2b`` as ``TICI 2b``, or with a blank around it."""
    head, blank, tail = text.partition(" ")
    return rng.choice((text.upper(), head.upper() + blank + tail, f" {text} "))

"""Redaction of unreadable cells: only a form that the field knows may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from warehouse.definitions.dictionary import DictionaryField
from warehouse.definitions.quotable import MOST_DIGITS, small_number
from warehouse.landing.datetimes import DatetimeReader

SHAPE_LENGTH = 24
MOST_NUMBERS = LETTER_AND_DIGIT = 2
# From so many characters on, a cell within an identifier is a part of it; an identifier may itself
# be as short as a name of two characters.
SHORTEST_PART, SHORTEST_IDENTIFIER = 3, 2
WORD = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


class Form:
    """Form of a field's cells that may be shown although they are no values.

    Of a date or time: what is written as one, in a year that the field allows. Of other fields: a
    number of few digits (``small_number``), what has no words but those of the field's codes, and
    what could be one of its codes of a letter and a digit (2d beside 2b). Of an identifier, and of
    what is not published, nothing.
    """

    def __init__(
        self, field: DictionaryField, spellings: Iterable[str], moments: DatetimeReader
    ) -> None:
        self._is_secret = field.identifier is not None or not field.published
        self._moments = moments if field.type in ("date", "datetime") else None
        self._first_year = str(field.constraints.minimum or "9999")[:4]
        self._small_number = re.compile(small_number(field))
        spellings = tuple(spellings)
        self._words = frozenset(word for text in spellings for word in words_of(text))
        self._shapes = {shape(text) for text in spellings if len(text) == LETTER_AND_DIGIT}

    def has(self, cell: str) -> bool:
        """Whether a cleaned cell is of this form."""
        if self._is_secret:
            return False
        if self._moments is not None:
            return self._is_datetime(cell, self._moments)
        if _NUMBER.fullmatch(cell):
            return bool(self._small_number.fullmatch(cell))
        return self._is_code(cell)

    def _is_code(self, cell: str) -> bool:
        numbers = _DIGITS.findall(cell)
        few = len(numbers) <= MOST_NUMBERS and sum(map(len, numbers)) <= MOST_DIGITS
        rest = WORD.sub("", cell)
        is_plain = rest.isascii() and rest.isprintable() and len(cell) <= SHAPE_LENGTH
        is_known = self._words.issuperset(words_of(cell))
        is_alike = cell.isascii() and bool(numbers) and shape(cell) in self._shapes
        return few and is_plain and (is_known or is_alike)

    def _is_datetime(self, cell: str, moments: DatetimeReader) -> bool:
        """Bare digits must be a possible date: others are rather a telephone number."""
        if _DIGITS.fullmatch(cell) and moments.as_date(cell) is None:
            return False
        year = moments.year(cell)
        return year is not None and self._first_year <= year <= str(last_year())


def last_year() -> int:
    """The last year that a number may be taken for: follow-ups are planned for the next year."""
    return date.today().year + 1


def redacted(cell: str, form: Form, identifiers: Iterable[str] = ()) -> str:
    """The cleaned cell itself if it is of its field's form, else its shape.

    ``identifiers`` are the row's own: a cell that holds one of them is shown as its shape.
    """
    if any(holds(cell, identifier) for identifier in identifiers):
        return shape(cell)
    return cell if form.has(cell) else shape(cell)


def holds(cell: str, identifier: str, shortest: int = SHORTEST_IDENTIFIER) -> bool:
    """Whether a cell is an identifier of at least so many characters, has it, or is part of it."""
    cell, identifier = cell.casefold(), identifier.casefold()
    if len(identifier) >= shortest and identifier in cell:
        return True
    return cell == identifier or (len(cell) >= SHORTEST_PART and cell in identifier)


def words_of(text: str) -> list[str]:
    """The runs of letters in a text, as words are compared."""
    return WORD.findall(text.casefold())


def shape(cell: str) -> str:
    """Letters as A, digits as 9, ASCII signs as they are; at most 24 characters."""
    return "".join(map(_shape, cell[:SHAPE_LENGTH]))


def _shape(character: str) -> str:
    if character.isdigit() or character.isnumeric():
        return "9"
    if character.isalpha():
        return "A"
    return character if character.isascii() and character.isprintable() else "?"

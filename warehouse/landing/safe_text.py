"""What may be shown of a cell that nobody understands: never what could name a patient."""

from __future__ import annotations

import re
from collections.abc import Iterable

from warehouse.landing.moments import MomentReader

SHAPE_LENGTH = 24
SHORT = 6
MOST_LETTERS = 2
MOST_DIGITS = 4
SHORTEST_PART = 3
# Bare digits outside of these years are rather a telephone number than a date.
FIRST_YEAR, LAST_YEAR = 1900, 2100
_SMALL_NUMBER = re.compile(r"[+-]?[0-9]{1,4}([.,][0-9]{1,4})?")
_BARE_DIGITS = re.compile(r"[0-9]+")


def safe_text(cell: str, moments: MomentReader, identifiers: Iterable[str] = ()) -> str:
    """The cell itself if it is a small number, a date or a short code, else its shape.

    ``identifiers`` are the row's own: a cell that holds one of them is shown as its shape.
    """
    if any(holds(cell, identifier) for identifier in identifiers):
        return shape(cell)
    if _SMALL_NUMBER.fullmatch(cell) or _is_short_code(cell) or _is_moment(cell, moments):
        return cell
    return shape(cell)


def holds(cell: str, identifier: str) -> bool:
    """Whether a cell is an identifier, or one of the two is part of the other.

    Parts of fewer than three characters do not count: a grade may well be a digit of a number.
    """
    cell, identifier = cell.casefold(), identifier.casefold()
    short, long = sorted((cell, identifier), key=len)
    return cell == identifier or (len(short) >= SHORTEST_PART and short in long)


def shape(cell: str) -> str:
    """Letters as A, digits as 9, the rest as it is; at most 24 characters."""
    return "".join(_shape(character) for character in cell[:SHAPE_LENGTH])


def _shape(character: str) -> str:
    if character.isdigit() or character.isnumeric():
        return "9"
    if character.isalpha():
        return "A"
    return character if character.isprintable() else "?"


def _is_short_code(cell: str) -> bool:
    letters = sum(character.isalpha() for character in cell)
    digits = sum(character.isdigit() for character in cell)
    few = letters <= MOST_LETTERS and 1 <= digits <= MOST_DIGITS
    return few and len(cell) <= SHORT and cell.isprintable()


def _is_moment(cell: str, moments: MomentReader) -> bool:
    """Whether it is written as a date or time; bare digits must be a possible date as well."""
    if _BARE_DIGITS.fullmatch(cell):
        day = moments.as_date(cell)
        return day is not None and FIRST_YEAR <= day.year <= LAST_YEAR
    return moments.looks_like_moment(cell)

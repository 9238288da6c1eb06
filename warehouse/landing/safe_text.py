"""What may be shown of a cell that nobody understands: never what could name a patient."""

from __future__ import annotations

import re
from collections.abc import Iterable

from warehouse.landing.moments import MomentReader

SHAPE_LENGTH = 24
SHORT = 6
MOST_LETTERS = 2
SHORTEST_IDENTIFIER = 3
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
    """Whether a cell is an identifier, or contains one of at least three characters."""
    cell, identifier = cell.casefold(), identifier.casefold()
    return cell == identifier or (len(identifier) >= SHORTEST_IDENTIFIER and identifier in cell)


def shape(cell: str) -> str:
    """Letters as A, digits as 9, everything else as it is; at most 24 characters."""
    return "".join(_shape(character) for character in cell[:SHAPE_LENGTH])


def _shape(character: str) -> str:
    if character.isdigit() or character.isnumeric():
        return "9"
    if character.isalpha():
        return "A"
    return character if character.isprintable() else " "


def _is_short_code(cell: str) -> bool:
    letters = sum(character.isalpha() for character in cell)
    has_digit = any(character.isdigit() for character in cell)
    return len(cell) <= SHORT and has_digit and letters <= MOST_LETTERS and cell.isprintable()


def _is_moment(cell: str, moments: MomentReader) -> bool:
    """Whether it is written as a date or time; bare digits must be a possible date as well."""
    if _BARE_DIGITS.fullmatch(cell):
        day = moments.as_date(cell)
        return day is not None and FIRST_YEAR <= day.year <= LAST_YEAR
    return moments.looks_like_moment(cell)

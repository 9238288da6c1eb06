"""Texts that are no identifier: markers, errors, rounded numbers. They must not become patients."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date

from warehouse.landing.cell_text import (
    DAMAGED_FOUND,
    ERROR_FOUND,
    EXACT_BELOW,
    SPREADSHEET_ERROR,
    UNREADABLE_SIGN,
    Cell,
    RoundedNumber,
    ShownNumber,
    as_text,
    clean,
    plain_number,
)

MARKER = "a text that stands for a missing number"
NO_NUMBER = "neither a letter nor a digit"
ONLY_ZEROS = "nothing but zeros"
NEGATIVE = "a negative number"
ROUNDED = "a number of more than 15 digits in a number cell, which is rounded"
ROUNDED_BEFORE = "a number of more than 15 digits that ends in zeros, which a spreadsheet rounded"
SINGLE_PRECISION = "a number above 16,777,215 stored as float (4 bytes), which is rounded"
FRACTION = "a number with decimals"
A_DATE = "a date"
AS_SHOWN = "a number whose format shows something else; store identifiers as text"
A_WORD = "a word, among identifiers that have digits"
PART_OF = "a fraction"
A_TRUTH = "true or false"
# Most identifiers: no marker has a digit, and no number of at most 15 digits was rounded.
_ORDINARY = re.compile(r"(?:[A-Za-z]{1,9}[-_/]?)?0{0,9}[1-9][0-9]{0,14}")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]*E[+-]?|E\+)[0-9]{1,3}", re.IGNORECASE)
_ROUNDED = re.compile(r"[0-9]{16,}\.0*")
# A long number, and the zeros behind the 15 digits that a spreadsheet keeps.
_LONG = re.compile(r"0*[1-9][0-9]{15,}")
_ZERO_TAIL = re.compile(r"0*[1-9][0-9]{14}(0+)")
# Of so many digits behind the 15th, one time in a thousand all are zeros by chance.
_ZEROS_MIN = 3
_NEGATIVE = re.compile(r"-[0-9]+(?:[.,][0-9]*)?")
_CROSSES = re.compile(r"x+")
_FRACTION = re.compile(r"[1-9]/[1-9]")
_DATE = re.compile(
    r"(?:(?:19|20)[0-9]{2}([-/.年])(?P<a>[0-9]{1,2})(?:\1|月)(?P<b>[0-9]{1,2})日?"
    r"|(?P<c>[0-9]{1,2})([-/.])(?P<d>[0-9]{1,2})\5(?:19|20)[0-9]{2})(?:[ T][0-9:.]+)?"
)
_LAST_MONTH, _LAST_DAY = 12, 31
# A remark behind a number: T1 (see note).
_REMARK = re.compile(r"(?<=[0-9])\s*[(\[][^)\]]*[^\W\d_]{2}[^)\]]*[)\]]$")
_DIGIT = re.compile(r"\d")
_SIGNS = re.compile(r"[\s\-_./]+")
_CODE = re.compile(r"[0-9][A-Za-z]")


class IdentifierWords:
    """The texts that stand for a missing number, by the dictionary; case and signs do not count."""

    def __init__(self, markers: Iterable[str]) -> None:
        self._markers = frozenset(_bare(clean(marker)) for marker in markers)

    def is_marker(self, text: str) -> bool:
        """Whether a cleaned text stands for something that is not known."""
        return _bare(text) in self._markers

    def why_none(self, cell: Cell, is_part: bool = False) -> str | None:
        """Return why a cell that is not missing is no identifier; None when it may be one.

        A part of an identifier may be a zero, a date or a fraction, such as the number of a visit.
        """
        if isinstance(cell, ShownNumber):
            return self._why_not_shown(cell, is_part)
        if isinstance(cell, str) and _ORDINARY.fullmatch(cell):
            return None
        text = clean(as_text(cell))
        reason = self._why_no_text(text) or _why_no_exact_number(cell, text)
        return reason or (None if is_part else _why_no_whole(cell, text))

    def _why_not_shown(self, cell: ShownNumber, is_part: bool) -> str | None:
        """Return why a formatted number is none: by the number itself, then by its shown form."""
        if cell.text is None or not float(cell.number).is_integer():
            return self.why_none(cell.number, is_part) or AS_SHOWN
        return self.why_none(cell.text, is_part)

    def _why_no_text(self, text: str) -> str | None:
        bare = _bare(text)
        if SPREADSHEET_ERROR.fullmatch(text):
            return ERROR_FOUND
        if UNREADABLE_SIGN in text:
            return DAMAGED_FOUND
        if not bare:
            return NO_NUMBER
        if bare in ("true", "false"):
            return A_TRUTH
        return MARKER if self.is_marker(text) or _CROSSES.fullmatch(bare) else None


class IdentifierMix:
    """Form of most identifiers of a column, as far as it was read.

    Where most have digits, a text without any is a word that somebody wrote instead. Where most of
    the long numbers end in zeros behind their 15th digit, a spreadsheet rounded these before they
    became text.
    """

    def __init__(self) -> None:
        self._numbers = self._words = self._exact = self._rounded = self._zeros = 0

    def refused(self, identifiers: Collection[str]) -> dict[str, str]:
        """Return those of further distinct identifiers that are none, and why."""
        words = dict.fromkeys(self._words_among(identifiers), A_WORD)
        return words | dict.fromkeys(self._rounded_among(identifiers), ROUNDED_BEFORE)

    def _rounded_among(self, identifiers: Collection[str]) -> set[str]:
        long = {text for text in identifiers if _LONG.fullmatch(text)}
        tails = {text: match[1] for text in long if (match := _ZERO_TAIL.fullmatch(text))}
        self._exact += len(long) - len(tails)
        self._rounded += len(tails)
        self._zeros += sum(map(len, tails.values()))
        is_certain = self._zeros >= _ZEROS_MIN and self._rounded > self._exact
        return set(tails) if is_certain else set()

    def _words_among(self, identifiers: Collection[str]) -> set[str]:
        """Codes of letters and digits in any order (``7K2Q``) may have no digit by chance."""
        words = {text for text in identifiers if not _DIGIT.search(text)}
        self._words += len(words)
        self._numbers += len(identifiers) - len(words)
        if not words or self._numbers <= self._words:
            return set()
        codes = {_form(text) for text in identifiers if _CODE.search(text)}
        return {text for text in words if _form(text) not in codes}


def _form(code: str) -> tuple[int, bool]:
    return len(code), code.isupper()


def _why_no_exact_number(cell: Cell, text: str) -> str | None:
    """Whether a spreadsheet or a program has rounded a long number."""
    if isinstance(cell, RoundedNumber):
        return SINGLE_PRECISION
    if isinstance(cell, float):
        return ROUNDED if abs(cell) >= EXACT_BELOW else None
    return ROUNDED if _SCIENTIFIC.fullmatch(text) or _ROUNDED.fullmatch(text) else None


def _why_no_whole(cell: Cell, text: str) -> str | None:
    """Return why a possible part is no identifier by itself."""
    if isinstance(cell, date) or _is_date(text):
        return A_DATE
    if _FRACTION.fullmatch(text):
        return PART_OF
    if isinstance(cell, float) and cell != int(cell):
        return FRACTION
    if not _bare(text).strip("0"):
        return ONLY_ZEROS
    return NEGATIVE if _NEGATIVE.fullmatch(text) else None


def _is_date(text: str) -> bool:
    """Whether a text is a day of our times, in any order."""
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    low, high = sorted(int(match[name]) for name in "abcd" if match[name])
    return 1 <= low <= _LAST_MONTH and high <= _LAST_DAY


def _bare(text: str) -> str:
    """Letters and digits alone, for comparison."""
    return "".join(character for character in text.casefold() if character.isalnum())


def normalized(identifier: str, ways: Collection[str]) -> str:
    """An identifier as a site's mapping says that its spellings are one.

    ``ways``: upper_case, no_leading_zeros (of each number in it), no_separators.
    """
    if "upper_case" in ways:
        identifier = identifier.upper()
    if "no_separators" in ways:
        identifier = _SIGNS.sub("", identifier)
    return _LEADING_ZEROS.sub("", identifier) if "no_leading_zeros" in ways else identifier


def alike(identifier: str) -> str:
    """Return the common form of identifiers that people confuse: 0042 and 42.0, AB-1 and ab 1."""
    number = _REMARK.sub("", identifier)
    return _LEADING_ZEROS.sub("", _bare(plain_number(number)))

"""Number formats of a workbook: the value that people saw is the value that they meant.

A format shows a number (``0.75`` under ``0%`` is 75), or text around and between its digits
(``42`` under ``"P"0000`` is ``P0042``), by ECMA-376, part 1, 18.8.31. What depends on the program
that shows it (its language, a condition, a fraction) is not guessed.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE, is_date_format

from warehouse.landing.cell_text import EXACT_BELOW, Cell, ShownNumber

# A percentage is stored as a binary fraction: 0.07 x 100 must be 7.
_SIGNIFICANT_DECIMALS = 10
# Some programs of East Asia write their own name of General.
_TOKENS = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<padding>[_*].)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/\u901a\u7528\u683c\u5f0f|G/\u6a19\u6e96|G/\ud45c\uc900|@)"
    r"|(?P<digit>[0#?])|(?P<sign>[.,%;])|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
# A currency or any other text, and a language that has digits of its own in more than 4 places.
_CURRENCY = re.compile(r"\$([^-]*)(?:-[0-9A-F]{1,4})?", re.IGNORECASE)
_COLOR = re.compile(r"Black|Blue|Cyan|Green|Magenta|Red|White|Yellow|Color ?[0-9]+", re.IGNORECASE)
# What is shown as it stands without quotes.
_PLAIN_TEXT = re.compile(r"[$\-+():!^&'~{}<>= ]|[^\x00-\x7f]")
_CLOCK = re.compile(r"h+|s+", re.IGNORECASE)
_COMPARISON = re.compile(r"[<>\u2264\u2265\u2248~\u00b1]")
_ANY_DIGITS = "#"
_ZERO = 2


class _Section(NamedTuple):
    """Effect of a format on a number: a factor, and texts and places of the digits before a point.

    Where ``is_certain`` is not true, the shown text of a number is unknown.
    """

    factor: float
    parts: tuple[tuple[str, str], ...]
    is_certain: bool

    @property
    def shows_number(self) -> bool:
        """Whether nothing but the number is shown; decimals and groups of digits do not count."""
        zeros = sum(what == "0" for kind, what in self.parts if kind == "digit")
        return self.is_certain and zeros <= 1 and all(kind == "digit" for kind, _ in self.parts)

    @property
    def comparison(self) -> str | None:
        """The text that makes another thing of a number, such as ``<``."""
        texts = "".join(what for kind, what in self.parts if kind == "text")
        return texts if _COMPARISON.search(texts) else None

    def text(self, number: int) -> str | None:
        """The digits in their places, from the right; the first place has all that are left."""
        if not self.is_certain:
            return None
        left = str(number) if number else ""
        places = sum(kind == "digit" for kind, _ in self.parts)
        shown: list[str] = []
        for kind, what in reversed(self.parts):
            if kind == "text":
                shown.append(what)
                continue
            places -= 1
            digits = left[-1:] if places else left
            left = left[: len(left) - len(digits)]
            shown.append(digits or what.strip("#?"))
        return "".join(reversed(shown)).strip()


def shown(value: int | float | None, number_format: str) -> Cell:
    """A number as its format shows it: a number, or one with the text that is shown of it."""
    if value is None:
        return None
    sections = _sections(number_format)
    section = sections[_ZERO] if value == 0 and len(sections) > _ZERO else sections[0]
    number = value
    if section.factor != 1:
        number = round(value * section.factor, _SIGNIFICANT_DECIMALS)
    if section.shows_number:
        return number
    if section.comparison:
        return ShownNumber(number, f"{section.comparison}{number}")
    is_counted = 0 <= number < EXACT_BELOW and number == int(number)
    return ShownNumber(number, section.text(int(number))) if is_counted else number


def shows_clock(number_format: str) -> bool:
    """Whether a format shows hours or seconds, be it elapsed ones (``[h]``)."""
    return any(
        _CLOCK.fullmatch(match["other"] or match["bracket"] or "")
        for match in _TOKENS.finditer(number_format)
    )


def needs_formats(workbook: Any) -> bool:
    """Whether any style of an openpyxl workbook shows another number than its cell, or no clock."""
    custom = workbook._number_formats
    numbers = {style.numFmtId for style in workbook._cell_styles}
    formats = (
        custom[number - BUILTIN_FORMATS_MAX_SIZE]
        if number >= BUILTIN_FORMATS_MAX_SIZE
        else BUILTIN_FORMATS.get(number, "General")
        for number in numbers
    )
    return any(
        # The cells of date formats are no numbers, but dates.
        not shows_clock(text)
        if is_date_format(text)
        else any(not part.shows_number or part.factor != 1 for part in _sections(text))
        for text in formats
    )


@cache
def _sections(number_format: str) -> tuple[_Section, ...]:
    """Return the sections for positive numbers, negative ones and zero, as far as there are any."""
    tokens = [(str(match.lastgroup), match) for match in _TOKENS.finditer(number_format)]
    sections: list[list[tuple[str, str]]] = [[]]
    for kind, match in tokens:
        what = match[kind]
        if (kind, what) == ("sign", ";"):
            sections.append([])
        elif kind != "padding":
            sections[-1].append((kind, what))
    return tuple(map(_section, sections))


def _section(tokens: list[tuple[str, str]]) -> _Section:
    """Parse a section. A comma before a digit groups digits; else it divides by 1000."""
    parts: list[tuple[str, str]] = []
    commas, divided, signs, is_certain = 0, 0, set[str](), True
    for kind, what in tokens:
        if kind in ("digit", "general"):
            signs |= {"group"} if commas else set()
            commas = 0
            if "." not in signs:
                parts.append(("digit", what if kind == "digit" else _ANY_DIGITS))
        elif what == ",":
            commas += 1
        elif kind == "sign":
            signs.add(what)
            divided, commas = divided + commas, 0
        else:
            text = _text(kind, what)
            is_certain = is_certain and text is not None
            parts += [("text", text)] if text else []
    factor = (100 if "%" in signs else 1) / 1000 ** (divided + commas)
    section = _Section(factor, tuple(parts), is_certain and "digit" in dict(parts))
    return section._replace(is_certain=False) if signs and not section.shows_number else section


def _text(kind: str, what: str) -> str | None:
    """The text that a token shows; None where that is not certain."""
    if kind == "bracket":
        currency = _CURRENCY.fullmatch(what)
        return currency[1] if currency else "" if _COLOR.fullmatch(what) else None
    return what if kind != "other" or _PLAIN_TEXT.fullmatch(what) else None

"""Bytes that are no UTF-8 in text that may be UTF-8 otherwise, and which of them are damage.

Such a byte may be a letter of another encoding, and a file in that encoding must never be read in
part. It is damage for certain where no text has a letter: in place of one digit of a date.
"""

from __future__ import annotations

import io
import re
from functools import partial
from typing import BinaryIO, NamedTuple

from warehouse.landing.text_lines import MAX_LINE_CHARACTERS

# How surrogateescape decodes bytes that are no UTF-8.
_DAMAGED = re.compile("[\udc80-\udcff]")
_DIGIT = "[0-9\udc80-\udcff]"
_YEAR, _SHORT = f"(?:19|20){_DIGIT}{{2}}", f"{_DIGIT}{{1,2}}"
_CLOCK = f"(?:[ T]{_SHORT}:{_DIGIT}{{2}}(?::{_DIGIT}{{2}})?)?"
_DATE = re.compile(
    rf"(?<![\w\udc80-\udcff./-])(?:{_YEAR}([-/.]){_SHORT}\1{_SHORT}"
    rf"|{_SHORT}([-/.]){_SHORT}\2{_YEAR}){_CLOCK}(?![\w\udc80-\udcff./:-])"
)


class Damage(NamedTuple):
    """The first line that is no UTF-8, its first such byte, and how many such lines there are.

    ``is_certain``: each of them has one such byte, in place of a digit of a date.
    """

    line: int
    byte: int
    n_lines: int
    is_certain: bool


def damage_of(handle: BinaryIO) -> Damage | None:
    """Find what of a file is no UTF-8; None if there is nothing."""
    found: Damage | None = None
    number, is_certain = 1, True
    handle.seek(0)
    text = io.TextIOWrapper(handle, "utf-8", errors="surrogateescape", newline="")
    for line in iter(partial(text.readline, MAX_LINE_CHARACTERS), ""):
        if not line.isascii() and (damaged := _DAMAGED.findall(line)):
            is_certain = is_certain and len(damaged) == 1 and _is_in_date(line)
            first = found or Damage(number, ord(damaged[0]) - 0xDC00, 0, is_certain)
            found = first._replace(n_lines=first.n_lines + 1, is_certain=is_certain)
        number += line.endswith(("\n", "\r"))
    text.detach()
    return found


def _is_in_date(line: str) -> bool:
    return any(_DAMAGED.search(match[0]) for match in _DATE.finditer(line))

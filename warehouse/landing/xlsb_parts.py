"""Sheets that a binary workbook (.xlsb, [MS-XLSB]) names; calamine gives fewer, or fails."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.workbook_parts import LostSheet, NamedSheet, lost_sheets

BOOK = "xl/workbook.bin"
# BrtBundleSh: state and number (4 bytes each), then the id of the relation and the name.
_SHEET, _TEXTS_AT, _NO_TEXT = 156, 8, 0xFFFFFFFF
_MORE = 0x80  # a group of seven bits follows
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, SyntaxError, KeyError, ValueError, TypeError,
    EOFError, OSError, AttributeError, IndexError, NotImplementedError,
)  # fmt: skip


def binary_sheets(handle: BinaryIO) -> tuple[list[str], list[LostSheet]]:
    """The names of a binary workbook's sheets, and the sheets of them that cannot be read."""
    handle.seek(0)
    try:
        with zipfile.ZipFile(handle) as archive:
            named = list(_named(archive.read(BOOK)))
            return [sheet.name for sheet in named], list(lost_sheets(archive, BOOK, named))
    except _DAMAGE as error:
        raise UnreadableFileError("the workbook is damaged; save it again") from error


def _named(book: bytes) -> Iterator[NamedSheet]:
    at = 0
    while at < len(book):
        kind, at = _number(book, at, 2)
        size, at = _number(book, at, 4)
        if kind == _SHEET:
            relation, after = _text(book, at + _TEXTS_AT)
            name, _ = _text(book, after)
            yield NamedSheet(name or "", relation)
        at += size


def _number(book: bytes, at: int, most_bytes: int) -> tuple[int, int]:
    """A number in groups of seven bits, and what is behind it."""
    number = 0
    for group in range(most_bytes):
        byte = book[at + group]
        number |= (byte & ~_MORE) << 7 * group
        if not byte & _MORE:
            break
    return number, at + group + 1


def _text(book: bytes, at: int) -> tuple[str | None, int]:
    (length,) = struct.unpack_from("<I", book, at)
    if length == _NO_TEXT:
        return None, at + 4
    end = at + 4 + 2 * length
    return book[at + 4 : end].decode("utf-16-le"), end

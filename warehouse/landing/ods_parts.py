"""Sheets that an OpenDocument spreadsheet has, whatever calamine makes of them.

It passes over a sheet without a name, and over all of them where the namespace has another prefix.
"""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator
from typing import BinaryIO
from xml.parsers import expat

from warehouse.landing.workbook_parts import LostSheet

CONTENT = "content.xml"
NO_NAME = "the workbook gives it no name"
UNSEEN = "its rows are not where a spreadsheet has them"
_BLOCK_BYTES = 1 << 16
_OPEN = "urn:oasis:names:tc:opendocument:xmlns:{0}:1.0 "
_TABLE = _OPEN.format("table") + "table"
_NAME = _OPEN.format("table") + "name"
_SPREADSHEET = _OPEN.format("office") + "spreadsheet"


def lost_tables(handle: BinaryIO, read: Collection[str]) -> list[LostSheet]:
    """The sheets of a spreadsheet that are not among those that were ``read``, by name."""
    handle.seek(0)
    with zipfile.ZipFile(handle) as archive:
        return [
            LostSheet(number, name or "", UNSEEN if name else NO_NAME)
            for number, name in enumerate(_tables(archive), start=1)
            if name not in read
        ]


def _tables(archive: zipfile.ZipFile) -> Iterator[str | None]:
    """Names of the tables right below a spreadsheet; those of a DDE link lie deeper."""
    parents: list[str] = []
    found: list[str | None] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == _TABLE and parents and parents[-1] == _SPREADSHEET:
            found.append(attributes.get(_NAME))
        parents.append(name)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: parents.pop()
    with archive.open(CONTENT) as content:
        while block := content.read(_BLOCK_BYTES):
            parser.Parse(block)
    parser.Parse(b"", True)
    yield from found

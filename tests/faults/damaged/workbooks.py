"""Workbooks: merged cells, formulas, hidden sheets, bombs, damaged or locked."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl

from tests.faults.damaged.case import (
    CELLS,
    GOOD,
    LIMIT_MB,
    NAMELESS_COLUMN,
    NAMES,
    NO_DATE,
    NO_MRS,
    ONE,
    Damaged,
    Landed,
    SetAside,
    named,
)

_SHEET = "xl/worksheets/sheet1.xml"


def _zip(*members: tuple[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as handle:
        for name, content in members:
            handle.writestr(name, content)
    return archive.getvalue()


def _book(change: Callable[[Any], object] = lambda _: None) -> bytes:
    """A workbook of one good row, after a change to its sheet."""
    book = openpyxl.Workbook()
    book.active.append(NAMES)
    book.active.append(CELLS)
    change(book.active)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _member(book: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of the files in it changed."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        members = [(item, archive.read(item)) for item in archive.namelist()]
    return _zip(*[(item, change(data) if item == name else data) for item, data in members])


def _set(cell: str, value: Any) -> Callable[[Any], object]:
    return lambda sheet: setattr(sheet[cell], "value", value)


def _hidden(sheet: Any) -> None:
    notes = sheet.parent.create_sheet("notes", 0)
    notes.append(["see the hidden sheet"])
    sheet.sheet_state = "hidden"


def _false_size(book: bytes) -> bytes:
    """A zip bomb that says that it is small: the sheet unpacks to more than it declares."""
    bomb = _member(book, _SHEET, lambda xml: xml + b" " * (32 << 20))
    position = bomb.rfind(_SHEET.encode())
    entry = bomb.rfind(b"PK\x01\x02", 0, position)
    return bomb[: entry + 24] + struct.pack("<I", 1000) + bomb[entry + 28 :]


_LAUGHS = (
    b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">"""
    + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><worksheet><sheetData><row><c t='inlineStr'><is><t>&j;</t></is></c></row>"
    + b"</sheetData></worksheet>"
)
_OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">
<c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row></sheetData></worksheet>"""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

WORKBOOKS = [
    Damaged("workbook, named csv", _book(), ONE),
    Damaged("csv, named as by Excel before 2007", GOOD, ONE, "followups.xls"),
    Damaged("a name of no table", GOOD, SetAside("the name ends with none of"), "followups.doc"),
    *named(
        "followups.xlsx",
        Damaged("workbook", _book(), ONE),
        Damaged("csv, named workbook", GOOD, ONE),
        Damaged(
            "a title in merged cells",
            _book(
                lambda sheet: (
                    sheet.insert_rows(1),
                    _set("A1", "Follow-ups")(sheet),
                    sheet.merge_cells("A1:E1"),
                )
            ),
            Landed(1, 0, ("lines.records",)),
        ),
        Damaged(
            "merged cells below the header",
            _book(lambda sheet: sheet.merge_cells("B2:C2")),
            Landed(1, 0, ("file.layout",)),
        ),
        Damaged("the data on a hidden sheet", _book(_hidden), SetAside("which is hidden")),
        Damaged(
            "an empty sheet first", _book(lambda sheet: sheet.parent.create_sheet("empty", 0)), ONE
        ),
        Damaged("no rows", _book(lambda sheet: sheet.delete_rows(1, 9)), SetAside("no rows")),
        Damaged("empty rows above", _book(lambda sheet: sheet.insert_rows(1, 3)), ONE),
        Damaged("an empty column first", _book(lambda sheet: sheet.insert_cols(1)), ONE),
        Damaged("a formula that was never calculated", _book(_set("D2", "=1+1")), NO_MRS),
        Damaged("a cell with #N/A", _book(_set("D2", "#N/A")), NO_MRS),
        Damaged("a cell with #DIV/0!", _book(_set("D2", "#DIV/0!")), NO_MRS),
        Damaged("a date as text", _book(_set("B2", "2021-03-05")), ONE),
        Damaged("a date as a number", _book(_set("B2", 44260)), ONE),
        Damaged("a date with a time", _book(_set("B2", datetime(2021, 3, 5, 10, 30))), NO_DATE),
        Damaged("a time for a date", _book(_set("B2", time(10, 30))), NO_DATE),
        Damaged("a duration for a date", _book(_set("B2", timedelta(days=44260))), ONE),
        Damaged("a date for a number", _book(_set("D2", date(2021, 3, 5))), NO_MRS),
        Damaged("a number as text", _book(_set("D2", "2")), ONE),
        Damaged("a comma for a point", _book(_set("D2", "2,0")), NO_MRS),
        Damaged("cells beyond the header", _book(_set("H2", "x")), NAMELESS_COLUMN),
        Damaged("a cell in the last row of the sheet", _book(_set("A1048576", "P2")), Landed(2)),
        Damaged("workbook, cut off", _book()[:-30], SetAside("damaged or cut off")),
        Damaged(
            "workbook, damaged sheet",
            _member(_book(), _SHEET, lambda xml: xml[:-40]),
            SetAside("damaged"),
        ),
        Damaged(
            "workbook, the sheet is missing",
            _member(_book(), "xl/workbook.xml", lambda xml: xml.replace(b"rId1", b"rId9")),
            SetAside("the workbook does not say which part"),
        ),
        Damaged("workbook, no XML in it", _zip(("[Content_Types].xml", b"x")), SetAside("damaged")),
        Damaged("zip of a csv", _zip(("followups.csv", GOOD.encode())), SetAside("zip archive")),
        Damaged("empty zip", _zip(), SetAside("zip archive")),
        Damaged(
            "a document of a word processor",
            _zip(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>")),
            SetAside("it is a Word document"),
        ),
        Damaged(
            "zip bomb",
            _zip(("[Content_Types].xml", bytes(64 << 20))),
            SetAside(f"larger than {LIMIT_MB} MB"),
        ),
        Damaged("zip bomb that says it is small", _false_size(_book()), SetAside("damaged")),
        Damaged(
            "entities that unpack to a billion",
            _member(_book(), _SHEET, lambda _: _LAUGHS),
            SetAside("it declares entities"),
        ),
        Damaged(
            "an entity that names a file",
            _member(_book(), _SHEET, lambda _: _OUTSIDE),
            SetAside("it declares entities"),
        ),
        Damaged(
            "workbook with a password",
            _OLE + bytes(2000) + "EncryptedPackage".encode("utf-16-le"),
            SetAside("has a password"),
        ),
        Damaged("the first bytes of an old one", _OLE + bytes(2000), SetAside("is damaged")),
        Damaged(
            "zip with a password",
            _zip((_SHEET, b"x"), ("[Content_Types].xml", b"x")).replace(
                b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"
            ),
            SetAside("has a password"),
        ),
        Damaged(
            "a hundred sheets",
            _book(lambda sheet: [sheet.parent.create_sheet(f"s{n}", 0) for n in range(100)]),
            ONE,
        ),
        Damaged(
            "control characters in a workbook",
            _member(_book(), _SHEET, lambda xml: xml.replace(b"</v>", b"\x01</v>")),
            SetAside("damaged"),
        ),
    ),
]

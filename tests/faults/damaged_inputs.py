"""Damaged and strange inputs, and what must become of each. Made by code, a line or two each.

Every input is one delivered file of follow-ups, with one good row unless it says otherwise.
"""

from __future__ import annotations

import codecs
import gzip
import io
import os
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet as pq

HEADER = "patient_id,assessed_on,mode,mrs,lost_to_followup"
ROW = "P1,2021-03-05,telephone,2,no"
GOOD = f"{HEADER}\n{ROW}\n"
NAMES = HEADER.split(",")
CELLS = ("P1", date(2021, 3, 5), "telephone", 2, False)
LIMIT_MB = 8
Content = str | bytes | Callable[[Path], object]


@dataclass(frozen=True)
class Landed:
    """Rows are used; ``rules`` are the rules that landing found broken, without the extract."""

    rows: int
    unreadable: int = 0
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class SetAside:
    """The file is remembered as unreadable, and a data manager is told this."""

    reason: str


@dataclass(frozen=True)
class LeftAlone:
    """Nothing is remembered; whoever runs the refresh is told this."""

    reason: str


Outcome = Landed | SetAside | LeftAlone
NO_COLUMNS = SetAside("required columns are missing: patient_id, lost_to_followup")
LINE = ("line.readable",)
ONE = Landed(1)


@dataclass(frozen=True)
class Damaged:
    """An input: what it is called, what it holds, what must become of it."""

    title: str
    content: Content
    outcome: Outcome
    name: str = "followups.csv"

    def put(self, folder: Path) -> None:
        """Deliver it."""
        path = folder / self.name
        if isinstance(self.content, str):
            path.write_bytes(self.content.encode("utf-8", "surrogateescape"))
        elif isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            self.content(path)


def _cell(mrs: str = "2", day: str = "2021-03-05", key: str = "P1", mode: str = "telephone") -> str:
    return f"{HEADER}\n{key},{day},{mode},{mrs},no\n"


def _lines(*lines: str, end: str = "\n") -> str:
    return end.join((HEADER, *lines, ""))


def _in(encoding: str, text: str = GOOD, mark: bytes = b"") -> bytes:
    return mark + text.encode(encoding)


ENCODINGS = [
    Damaged("utf-8 with a mark", _in("utf-8-sig"), ONE),
    Damaged("two byte order marks", codecs.BOM_UTF8 * 2 + GOOD.encode(), ONE),
    Damaged("a mark before the second line", GOOD.replace("\n", "\n\ufeff", 1), ONE),
    Damaged("utf-16, little endian", _in("utf-16-le", mark=codecs.BOM_UTF16_LE), ONE),
    Damaged("utf-16, big endian", _in("utf-16-be", mark=codecs.BOM_UTF16_BE), ONE),
    Damaged("utf-16 without a mark", _in("utf-16-le"), ONE),
    Damaged("utf-16 without a mark, big endian", _in("utf-16-be"), ONE),
    Damaged("utf-32, little endian", _in("utf-32-le", mark=codecs.BOM_UTF32_LE), ONE),
    Damaged("utf-32, big endian", _in("utf-32-be", mark=codecs.BOM_UTF32_BE), ONE),
    Damaged(
        "utf-16 cut in half a letter",
        _in("utf-16-le", mark=codecs.BOM_UTF16_LE)[:-1],
        Landed(0, 1, LINE),
    ),
    Damaged("gb18030", _in("gb18030", GOOD.replace("mode", "随访方式").replace("no", "否")), ONE),
    Damaged(
        "a byte that is no utf-8",
        _lines("张伟伟伟伟伟伟,2021-03-05,telephone,2,no", "P\udcff2,,,2,no"),
        Landed(1, 1, LINE),
    ),
    Damaged(
        "utf-8 cut in half a letter",
        _lines(ROW, "张,2021-03-05,电话,2,否").encode()[:-3],
        Landed(1, 1, LINE),
    ),
    Damaged("EBCDIC", _in("cp500"), SetAside("columns")),
    Damaged("utf-7", _in("utf-7", GOOD.replace("telephone", "电话")), Landed(1, 0, ())),
    Damaged("latin-1 in a free text", _in("latin-1", _cell(mode="téléphone")), ONE),
    Damaged("nothing but zeros", bytes(4096), SetAside("")),
    Damaged("zeros after the end", GOOD.encode() + bytes(4096), ONE),
    Damaged("a zero in a cell", _cell(mrs="2\0"), ONE),
    Damaged("a zero in the header", GOOD.replace("mrs", "m\0rs"), ONE),
    Damaged("random bytes", bytes((i * i * 31 + i * 7) % 251 for i in range(9000)), SetAside("")),
    Damaged("control characters", _cell(key="P\x011\x7f"), ONE),
    Damaged("the end mark of old systems", GOOD + "\x1a", ONE),
    Damaged("replacement characters", _cell(mode="\ufffd\ufffd"), ONE),
]

DELIMITERS = [
    Damaged("semicolons", GOOD.replace(",", ";"), ONE),
    Damaged("tabs", GOOD.replace(",", "\t"), ONE),
    Damaged("bars", GOOD.replace(",", "|"), ONE),
    Damaged("spaces after commas", GOOD.replace(",", ", "), ONE),
    Damaged("a line that names the separator", "sep=;\n" + GOOD.replace(",", ";"), ONE),
    Damaged(
        "another delimiter in the rows", f"{HEADER}\n{ROW.replace(',', ';')}\n", Landed(0, 1, LINE)
    ),
    Damaged("blanks as delimiter", GOOD.replace(",", " "), NO_COLUMNS),
    Damaged("carets as delimiter", GOOD.replace(",", "^"), NO_COLUMNS),
    Damaged("a comma too many in each row", f"{HEADER}\n{ROW},\n", Landed(0, 1, LINE)),
    Damaged(
        "a comma too many in each line", f"{HEADER},\n{ROW},\n", Landed(1, 0, ("columns.known",))
    ),
    Damaged("only delimiters", "," * 99 + "\n" + "," * 99, SetAside("")),
]

QUOTES = [
    Damaged(
        "everything quoted", '"' + GOOD.strip().replace(",", '","').replace("\n", '"\n"') + '"', ONE
    ),
    Damaged(
        "a quote that is never closed",
        _lines(ROW, 'P2,2021-03-05,"telephone,2,no'),
        Landed(1, 1, LINE),
    ),
    Damaged(
        "a quote that a later row closes",
        _lines('P1,2021-03-05,"telephone,2,no', ROW, 'P3,2021-03-05,telephone",2,no'),
        Landed(2, 1, LINE),
    ),
    Damaged("a quote within a cell", _cell(mode='tele"phone'), ONE),
    Damaged("doubled quotes", _cell(mode='"tele""phone"'), ONE),
    Damaged("a quote escaped by a backslash", _cell(mode='"tele\\"phone"'), Landed(0, 1, LINE)),
    Damaged("single quotes", _cell(mode="'telephone'"), ONE),
    Damaged("a line end within quotes", _cell(mode='"tele\nphone"'), ONE),
    Damaged(
        "a cell of a thousand lines", _cell(mode='"' + "x\n" * 1000 + '"'), Landed(0, 1001, LINE)
    ),
    Damaged("a comma within quotes", _cell(mode='"telephone, twice"'), ONE),
    Damaged("typographic quotes", _cell(mode="\u201ctelephone\u201d"), ONE),
    Damaged("empty quotes", _cell(mode='""'), ONE),
    Damaged("nothing but quotes", '"' * 999, SetAside("")),
]

LINES = [
    Damaged("CRLF", GOOD.replace("\n", "\r\n"), ONE),
    Damaged("CR alone", GOOD.replace("\n", "\r"), ONE),
    Damaged(
        "mixed line ends", _lines(ROW) + ROW.replace("P1", "P2") + "\r" + ROW + "\r\n", Landed(3)
    ),
    Damaged("no line end at the end", GOOD.rstrip(), ONE),
    Damaged("blank lines", GOOD.replace("\n", "\n\n\n"), ONE),
    Damaged("blank lines first", "\n\n\n" + GOOD, ONE),
    Damaged("form feeds", GOOD + "\f\n", ONE),
    Damaged("a line separator of Unicode", _cell(mode="tele\u2028phone"), ONE),
    Damaged("only line ends", "\n" * 1000, SetAside("the file is empty")),
    Damaged("empty", "", SetAside("the file is empty")),
    Damaged("only blanks", " \t \n", SetAside("the file is empty")),
]

HEADERS = [
    Damaged("header only", HEADER + "\n", Landed(0)),
    Damaged("no header", ROW + "\n", SetAside("required columns are missing")),
    Damaged(
        "a title above the header",
        "Follow-ups 2021\n" + GOOD,
        SetAside("required columns are missing"),
    ),
    Damaged("the same column twice", GOOD.replace("mode", "mrs"), SetAside("two columns hold mrs")),
    Damaged(
        "a column and its alias", GOOD.replace("mode", "mRS评分"), SetAside("two columns hold mrs")
    ),
    Damaged("an unknown column", GOOD.replace("mode", "weather"), Landed(1, 0, ("columns.known",))),
    Damaged(
        "two unknown columns of one name",
        f"{HEADER},x,x\n{ROW},1,2\n",
        Landed(1, 0, ("columns.known",)),
    ),
    Damaged("a header without names", ",,,,\n" + ROW, SetAside("required columns are missing")),
    Damaged(
        "the header again in the middle",
        _lines(ROW, HEADER, ROW.replace("P1", "P2")),
        Landed(3, 0, ("assessed_on.type", "lost_to_followup.type", "mrs.type")),
    ),
    Damaged(
        "a required column missing",
        "patient_id,mrs\nP1,2\n",
        SetAside("required columns are missing: lost_to_followup"),
    ),
    Damaged(
        "capitals and blanks in the header",
        GOOD.replace(HEADER, HEADER.upper().replace("_", " ")),
        ONE,
    ),
    Damaged("a million columns", ",".join(f"c{n}" for n in range(1_000_000)) + "\n", SetAside("")),
    Damaged("a million empty columns", "," * 1_000_000 + "\n" + "," * 1_000_000, SetAside("")),
    Damaged(
        "fifty thousand columns beside the known",
        f"{HEADER}{',x' * 50_000}\n{ROW}{',1' * 50_000}\n",
        SetAside("the header has 50,005 columns"),
    ),
    Damaged(
        "a header with formulas",
        GOOD.replace("mode", "=HYPERLINK(1)"),
        Landed(1, 0, ("columns.known",)),
    ),
    Damaged(
        "a header of a hundred thousand letters",
        GOOD.replace("mode", "m" * 100_000),
        Landed(1, 0, ("columns.known",)),
    ),
]

_NO_DATE = Landed(1, 0, ("assessed_on.type",))
_NO_MRS = Landed(1, 0, ("mrs.type",))
CELL_CASES = [
    *(
        Damaged(f"the date {day}", _cell(day=day), _NO_DATE)
        for day in (
            "2021-02-30",
            "2021-02-29",
            "2021-13-01",
            "2021-00-10",
            "0000-01-01",
            "31.12.2021",
            "12/31/2021",
            "5/3/21",
            "5 March 2021",
            "2021-03-05T10:30",
            "2021-03-05 24:00",
            "2021-03-05+08:00",
            "44260",
            "today",
            "2021-W09-5",
            "=TODAY()",
            "\u0662\u0660\u0662\u0661-\u0660\u0663-\u0660\u0665x",
        )
    ),
    *(
        Damaged(f"the date {day}", _cell(day=day), ONE)
        for day in (
            "2021/3/5",
            "20210305",
            "2021-03-05 00:00:00",
            "\uff12\uff10\uff12\uff11-\uff10\uff13-\uff10\uff15",
            " 2021-03-05 ",
            "9999-12-31",
        )
    ),
    *(
        Damaged(f"the number {mrs}", _cell(mrs=mrs), _NO_MRS)
        for mrs in (
            "2.5",
            '"2,0"',
            "1.234",
            "½",
            "0x2",
            "two",
            "2 points",
            "NaN",
            "1e999",
            "--2",
            "=1+1",
            "=cmd|' /C calc'!A0",
            "9" * 400,
            "13812345678",
            "2\u200b3x",
            "<script>alert(1)</script>",
            "'; drop table registry.patients; --",
            "\u202e2x",
            "🙂",
            "{}",
            "2/3",
        )
    ),
    *(
        Damaged(f"the number {mrs!r}", _cell(mrs=mrs), ONE)
        for mrs in (
            "2.0",
            "\uff12",
            " 2 ",
            "\u00a02",
            "2\u200b",
            "99",
            "-2",
            "",
        )
    ),
    Damaged("a key of blanks", _cell(key="   "), ONE),
    Damaged("no key", _cell(key=""), ONE),
    Damaged("a key of fifty thousand letters", _cell(key="P" * 50_000), ONE),
    Damaged("a key with a line end", _cell(key='"P\n1"'), ONE),
    Damaged(
        "a field of 200,000 letters",
        _lines(ROW, f"P2,2021-03-05,{'x' * 200_000},2,no"),
        Landed(1, 1, LINE),
    ),
    Damaged(
        "a field of two million letters",
        _lines(ROW, f"P2,2021-03-05,{'x' * 2_000_000},2,no"),
        Landed(1, 1, LINE),
    ),
    Damaged("the same row a thousand times", _lines(*[ROW] * 1000), Landed(1000)),
    Damaged("too few fields", _lines(ROW, "P2,2021-03-05"), Landed(1, 1, LINE)),
    Damaged("too many fields", _lines(ROW, ROW + ",1,2,3"), Landed(1, 1, LINE)),
    Damaged("a footer", _lines(ROW, "Total: 1 row"), Landed(1, 1, LINE)),
    Damaged("a comment", _lines("# exported on Friday", ROW), Landed(1, 1, LINE)),
    Damaged("a row of commas", _lines(ROW, ",,,,"), ONE),
    Damaged("a hundred thousand broken lines", _lines(*["x"] * 100_000), Landed(0, 100_000, LINE)),
]

_GZIP = gzip.compress(GOOD.encode() * 1)


def _false_length(packed: bytes) -> bytes:
    return packed[:-8] + struct.pack("<II", zlib.crc32(b"other"), 5)


PACKED = [
    Damaged("gzip", _GZIP, ONE, "followups.csv.gz"),
    Damaged("gzip, named csv", _GZIP, ONE),
    Damaged("csv, named gzip", GOOD, ONE, "followups.csv.gz"),
    Damaged(
        "gzip, cut off",
        gzip.compress(GOOD.encode() * 99)[:-20],
        SetAside("cut off"),
        "followups.csv.gz",
    ),
    Damaged("gzip, wrong check sum", _false_length(_GZIP), SetAside("damaged"), "followups.csv.gz"),
    Damaged(
        "gzip, damaged in the middle",
        _GZIP[:20] + b"xxxx" + _GZIP[24:],
        SetAside("damaged"),
        "followups.csv.gz",
    ),
    Damaged(
        "gzip with rubbish behind", _GZIP + b"rubbish", SetAside("damaged"), "followups.csv.gz"
    ),
    Damaged("gzip with zeros behind", _GZIP + bytes(512), ONE, "followups.csv.gz"),
    Damaged(
        "gzip of two parts",
        gzip.compress(HEADER.encode()) + gzip.compress(f"\n{ROW}".encode()),
        ONE,
        "followups.csv.gz",
    ),
    Damaged(
        "gzip of nothing", gzip.compress(b""), SetAside("the file is empty"), "followups.csv.gz"
    ),
    Damaged("gzip within gzip", gzip.compress(_GZIP), SetAside("packed twice"), "followups.csv.gz"),
    Damaged(
        "gzip bomb",
        gzip.compress(bytes(64 << 20)),
        SetAside(f"larger than {LIMIT_MB} MB"),
        "followups.csv.gz",
    ),
    Damaged("gzip, header alone", _GZIP[:10], SetAside("cut off"), "followups.csv.gz"),
    Damaged("bzip2", b"BZh91AY&SY" + bytes(50), SetAside("bzip2"), "followups.csv"),
    Damaged("xz", b"\xfd7zXZ\x00" + bytes(50), SetAside("an xz file")),
    Damaged("zstd", b"\x28\xb5\x2f\xfd" + bytes(50), SetAside("zstd")),
    Damaged("RAR", b"Rar!\x1a\x07" + bytes(50), SetAside("RAR")),
    Damaged("7-Zip", b"7z\xbc\xaf\x27\x1c" + bytes(50), SetAside("7-Zip")),
]


def _zip(*members: tuple[str, bytes], stored: bool = False) -> bytes:
    archive = io.BytesIO()
    kind = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(archive, "w", kind) as handle:
        for name, content in members:
            handle.writestr(name, content)
    return archive.getvalue()


def _book(change: Callable[[Any], object] = lambda _: None, rows: Any = None) -> bytes:
    """A workbook of one good row, after a change to its sheet."""
    book = openpyxl.Workbook()
    for row in rows or [NAMES, CELLS]:
        book.active.append(row)
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
    bomb = _member(book, "xl/worksheets/sheet1.xml", lambda xml: xml + b" " * (32 << 20))
    position = bomb.rfind(b"xl/worksheets/sheet1.xml")
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
_SHEET = "xl/worksheets/sheet1.xml"
_X = "followups.xlsx"
_FORMULA = Landed(1, 0, ("mrs.type",))
WORKBOOKS = [
    Damaged("workbook", _book(), ONE, _X),
    Damaged("workbook, named csv", _book(), ONE),
    Damaged("csv, named workbook", GOOD, ONE, _X),
    Damaged(
        "a title in merged cells",
        _book(
            lambda sheet: (
                sheet.insert_rows(1),
                _set("A1", "Follow-ups")(sheet),
                sheet.merge_cells("A1:E1"),
            )
        ),
        SetAside("required columns are missing"),
        _X,
    ),
    Damaged(
        "merged cells below the header", _book(lambda sheet: sheet.merge_cells("B2:C2")), ONE, _X
    ),
    Damaged("the data on a hidden sheet", _book(_hidden), ONE, _X),
    Damaged(
        "an empty sheet first", _book(lambda sheet: sheet.parent.create_sheet("empty", 0)), ONE, _X
    ),
    Damaged("no rows", _book(lambda sheet: sheet.delete_rows(1, 9)), SetAside("no rows"), _X),
    Damaged("empty rows above", _book(lambda sheet: sheet.insert_rows(1, 3)), ONE, _X),
    Damaged(
        "an empty column first",
        _book(lambda sheet: sheet.insert_cols(1)),
        Landed(1, 0, ("columns.known",)),
        _X,
    ),
    Damaged("a formula that was never calculated", _book(_set("D2", "=1+1")), _FORMULA, _X),
    Damaged("a cell with #N/A", _book(_set("D2", "#N/A")), Landed(1, 0, ("mrs.type",)), _X),
    Damaged("a cell with #DIV/0!", _book(_set("D2", "#DIV/0!")), _NO_MRS, _X),
    Damaged("a date as text", _book(_set("B2", "2021-03-05")), ONE, _X),
    Damaged("a date as a number", _book(_set("B2", 44260)), ONE, _X),
    Damaged("a date with a time", _book(_set("B2", datetime(2021, 3, 5, 10, 30))), _NO_DATE, _X),
    Damaged("a time for a date", _book(_set("B2", time(10, 30))), _NO_DATE, _X),
    Damaged("a duration for a date", _book(_set("B2", timedelta(days=44260))), ONE, _X),
    Damaged("a date for a number", _book(_set("D2", date(2021, 3, 5))), _NO_MRS, _X),
    Damaged("a number as text", _book(_set("D2", "2")), ONE, _X),
    Damaged("a comma for a point", _book(_set("D2", "2,0")), _NO_MRS, _X),
    Damaged("cells beyond the header", _book(_set("H2", "x")), Landed(0, 1, LINE), _X),
    Damaged("a cell in the last row of the sheet", _book(_set("A1048576", "P2")), Landed(2), _X),
    Damaged("workbook, cut off", _book()[:-30], SetAside("damaged or cut off"), _X),
    Damaged(
        "workbook, damaged sheet",
        _member(_book(), _SHEET, lambda xml: xml[:-40]),
        SetAside("damaged"),
        _X,
    ),
    Damaged(
        "workbook, the sheet is missing",
        _member(_book(), "xl/workbook.xml", lambda xml: xml.replace(b"rId1", b"rId9")),
        SetAside(""),
        _X,
    ),
    Damaged("workbook, no XML in it", _zip(("[Content_Types].xml", b"x")), SetAside("damaged"), _X),
    Damaged("zip of a csv", _zip(("followups.csv", GOOD.encode())), SetAside("zip archive"), _X),
    Damaged("empty zip", _zip(), SetAside("zip archive"), _X),
    Damaged(
        "a document of a word processor",
        _zip(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>")),
        SetAside("damaged"),
        _X,
    ),
    Damaged(
        "zip bomb",
        _zip(("[Content_Types].xml", bytes(64 << 20))),
        SetAside(f"larger than {LIMIT_MB} MB"),
        _X,
    ),
    Damaged("zip bomb that says it is small", _false_size(_book()), SetAside("damaged"), _X),
    Damaged(
        "entities that unpack to a billion",
        _member(_book(), _SHEET, lambda _: _LAUGHS),
        SetAside(""),
        _X,
    ),
    Damaged(
        "an entity that names a file",
        _member(_book(), _SHEET, lambda _: _OUTSIDE),
        SetAside(""),
        _X,
    ),
    Damaged(
        "workbook with a password",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
        SetAside("with a password"),
        _X,
    ),
    Damaged(
        "zip with a password",
        bytes(
            _zip((_SHEET, b"x"), ("[Content_Types].xml", b"x")).replace(
                b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"
            )
        ),
        SetAside("has a password"),
        _X,
    ),
    Damaged(
        "a hundred sheets",
        _book(lambda sheet: [sheet.parent.create_sheet(f"s{n}", 0) for n in range(100)]),
        ONE,
        _X,
    ),
    Damaged(
        "control characters in a workbook",
        _member(_book(), _SHEET, lambda xml: xml.replace(b"</v>", b"\x01</v>")),
        SetAside("damaged"),
        _X,
    ),
    Damaged("Excel before 2007", GOOD, SetAside("the name ends with none of"), "followups.xls"),
]


def _parquet(**columns: Any) -> bytes:
    """A Parquet file of one good row, but for these columns."""
    table = {name: [cell] for name, cell in zip(NAMES, CELLS, strict=True)} | columns
    content = io.BytesIO()
    pq.write_table(pa.table(table), content)
    return content.getvalue()


def _written(write: Callable[[Any, io.BytesIO], object]) -> bytes:
    content = io.BytesIO()
    write(pa.table({name: [str(cell)] for name, cell in zip(NAMES, CELLS, strict=True)}), content)
    return content.getvalue()


def _array(values: list[Any], kind: Any) -> pa.Array:
    return pa.array(values, kind)


_P = "followups.parquet"
_MOMENT = datetime(2021, 3, 5)
PARQUET = [
    Damaged("parquet", _parquet(), ONE, _P),
    Damaged("parquet, named csv", _parquet(), ONE),
    Damaged("csv, named parquet", GOOD, ONE, _P),
    Damaged("parquet, cut off", _parquet()[:-9], SetAside("damaged or cut off"), _P),
    Damaged(
        "parquet, damaged in the middle",
        _parquet()[:40] + bytes(30) + _parquet()[70:],
        SetAside("damaged"),
        _P,
    ),
    Damaged("parquet, the first bytes alone", b"PAR1", SetAside("damaged or cut off"), _P),
    Damaged(
        "parquet without rows",
        _parquet(**{name: _array([], pa.string()) for name in NAMES}),
        Landed(0),
        _P,
    ),
    Damaged(
        "parquet with empty rows",
        _parquet(**{name: _array([None], pa.string()) for name in NAMES}),
        Landed(0),
        _P,
    ),
    Damaged("numbers for keys", _parquet(patient_id=_array([17], pa.int64())), ONE, _P),
    Damaged(
        "whole decimals", _parquet(mrs=_array([Decimal("2.00")], pa.decimal128(5, 2))), ONE, _P
    ),
    Damaged(
        "broken decimals", _parquet(mrs=_array([Decimal("2.50")], pa.decimal128(5, 2))), _NO_MRS, _P
    ),
    Damaged("floats", _parquet(mrs=_array([2.0], pa.float32())), ONE, _P),
    Damaged("not a number", _parquet(mrs=_array([float("nan")], pa.float64())), ONE, _P),
    Damaged("infinite", _parquet(mrs=_array([float("inf")], pa.float64())), ONE, _P),
    Damaged("a number of twenty digits", _parquet(mrs=_array([2**63], pa.uint64())), _NO_MRS, _P),
    Damaged(
        "everything as text",
        _parquet(assessed_on=["2021-03-05"], mrs=["2"], lost_to_followup=["no"]),
        ONE,
        _P,
    ),
    Damaged(
        "dates as milliseconds", _parquet(assessed_on=_array([CELLS[1]], pa.date64())), ONE, _P
    ),
    Damaged(
        "dates as timestamps", _parquet(assessed_on=_array([_MOMENT], pa.timestamp("ns"))), ONE, _P
    ),
    Damaged(
        "dates with a time",
        _parquet(assessed_on=_array([datetime(2021, 3, 5, 9)], pa.timestamp("us"))),
        _NO_DATE,
        _P,
    ),
    Damaged(
        "dates in a time zone",
        _parquet(assessed_on=_array([_MOMENT], pa.timestamp("us", "Asia/Shanghai"))),
        _NO_DATE,
        _P,
    ),
    Damaged(
        "dates far beyond",
        _parquet(assessed_on=_array([2**62], pa.timestamp("us"))),
        SetAside("damaged"),
        _P,
    ),
    Damaged("a list", _parquet(mrs=_array([[2]], pa.list_(pa.int64()))), _NO_MRS, _P),
    Damaged(
        "a structure", _parquet(mrs=_array([{"a": 2}], pa.struct([("a", pa.int64())]))), _NO_MRS, _P
    ),
    Damaged(
        "a map", _parquet(mrs=_array([[("a", 2)]], pa.map_(pa.string(), pa.int64()))), _NO_MRS, _P
    ),
    Damaged("bytes", _parquet(mode=_array([b"telephone"], pa.binary())), ONE, _P),
    Damaged("bytes that are no text", _parquet(mode=_array([b"\xff\xfe"], pa.binary())), ONE, _P),
    Damaged("a time", _parquet(assessed_on=_array([time(9)], pa.time64("us"))), _NO_DATE, _P),
    Damaged(
        "a duration", _parquet(assessed_on=_array([timedelta(3)], pa.duration("us"))), _NO_DATE, _P
    ),
    Damaged("a column of nothing", _parquet(mode=_array([None], pa.null())), ONE, _P),
    Damaged(
        "a dictionary",
        _parquet(mode=_array(["telephone"], pa.string()).dictionary_encode()),
        ONE,
        _P,
    ),
    Damaged(
        "no known column",
        _written(lambda table, file: pq.write_table(table.rename_columns(list("abcde")), file)),
        SetAside("required columns are missing"),
        _P,
    ),
    Damaged(
        "the same column twice in parquet",
        _written(
            lambda table, file: pq.write_table(
                table.rename_columns(["patient_id", "mrs", "mode", "mrs", "lost_to_followup"]), file
            )
        ),
        SetAside("two columns hold mrs"),
        _P,
    ),
    Damaged(
        "ten thousand columns in parquet",
        _parquet(**{f"c{n}": [n] for n in range(10_000)}),
        Landed(1, 0, ("columns.known",)),
        _P,
    ),
    Damaged(
        "Feather", _written(pyarrow.feather.write_feather), SetAside("an Arrow or Feather file"), _P
    ),
    Damaged("ORC", _written(pyarrow.orc.write_table), SetAside("an ORC file"), _P),
    Damaged("encrypted parquet", b"PARE" + bytes(99) + b"PARE", SetAside("encrypted"), _P),
]


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket may not be long
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


def _sparse(path: Path) -> None:
    with path.open("wb") as handle:
        handle.truncate(256 << 20)


def _not_readable(path: Path) -> None:
    path.write_text(GOOD, encoding="utf-8")
    path.chmod(0)


_NAME = SetAside("the name begins with none of")
_ENDING = SetAside("the name ends with none of")
PLACES = [
    Damaged("a folder for a file", lambda path: path.mkdir(), LeftAlone("it is a folder")),
    Damaged(
        "a link out of the folder",
        lambda path: path.symlink_to("/etc/passwd"),
        LeftAlone("it is a link"),
    ),
    Damaged(
        "a link to nothing", lambda path: path.symlink_to("nowhere"), LeftAlone("it is a link")
    ),
    Damaged("a link to itself", lambda path: path.symlink_to(path), LeftAlone("it is a link")),
    Damaged("a pipe", os.mkfifo, LeftAlone("not a regular file")),
    Damaged("a socket", _socket, LeftAlone("")),
    Damaged("a file that may not be read", _not_readable, LeftAlone("Permission denied")),
    Damaged("a large file of zeros", _sparse, SetAside(f"larger than {LIMIT_MB} MB")),
    Damaged("a line end in the name", GOOD, ONE, "followups\n.csv"),
    Damaged("quotes and markup in the name", GOOD, ONE, "followups_'\"<b>[red].csv"),
    Damaged("a name of 250 letters", GOOD, ONE, f"followups_{'x' * 236}.csv"),
    Damaged("a picture in the name", GOOD, ONE, "followups_🙂.csv"),
    Damaged(
        "a name that is no utf-8",
        lambda path: path.write_text(GOOD),
        LeftAlone("its name is not UTF-8"),
        "followups_\udcff.csv",
    ),
    Damaged("capitals in the name", GOOD, ONE, "FOLLOWUPS.CSV"),
    Damaged("a copy's name", GOOD, ONE, "followups (1).csv"),
    Damaged("another name", GOOD, _NAME, "notes.csv"),
    Damaged("another word that begins so", GOOD, _NAME, "followupsheet.csv"),
    Damaged("no ending", GOOD, _ENDING, "followups"),
    Damaged("JSON", '{"patient_id": 1}', _ENDING, "followups.json"),
    Damaged("a PDF", b"%PDF-1.7\n", SetAside("a PDF")),
    Damaged("a web page", "<!DOCTYPE html><html><body>Please log in</body></html>", SetAside("")),
    Damaged("JSON, named csv", '[{"patient_id": 1, "mrs": 2}]', SetAside("")),
    Damaged("a picture", b"\x89PNG\r\n\x1a\n" + bytes(500), SetAside("")),
    Damaged("a program", b"\x7fELF" + bytes(500), SetAside("")),
    Damaged("an SQLite database", b"SQLite format 3\x00" + bytes(500), SetAside("")),
]

CORPUS = [
    *ENCODINGS,
    *DELIMITERS,
    *QUOTES,
    *LINES,
    *HEADERS,
    *CELL_CASES,
    *PACKED,
    *WORKBOOKS,
    *PARQUET,
    *PLACES,
]

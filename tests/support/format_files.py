"""One small table of admissions as a file of each format that is read. All rows are invented."""

from __future__ import annotations

import csv
import io
import json
import struct
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import xlwt

Rows = Sequence[Sequence[Any]]
Write = Callable[[Sequence[str], Rows], bytes]
CLOCK_FORMATS = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm", time: "hh:mm"}


def csv_file(header: Sequence[str], rows: Rows) -> bytes:
    """Comma-separated text."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def json_lines(header: Sequence[str], rows: Rows) -> bytes:
    """An object on each line, without the names of empty cells."""
    objects = (
        {
            name: cell if isinstance(cell, int | float | str) else str(cell)
            for name, cell in zip(header, row, strict=True)
            if cell is not None
        }
        for row in rows
    )
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects).encode()


def parquet(header: Sequence[str], rows: Rows) -> bytes:
    """A Parquet file; clocks are text."""
    columns = [
        [str(cell) if isinstance(cell, time) else cell for cell in column]
        for column in zip(*rows, strict=True)
    ]
    content = io.BytesIO()
    pq.write_table(pa.table(dict(zip(header, columns, strict=True))), content)
    return content.getvalue()


def xlsx(header: Sequence[str], rows: Rows) -> bytes:
    """A workbook of openpyxl."""
    book = openpyxl.Workbook()
    for row in (header, *rows):
        book.active.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def xlsm(header: Sequence[str], rows: Rows) -> bytes:
    """The same as a workbook with macros is declared, and with what stands for them."""
    plain, macros = io.BytesIO(xlsx(header, rows)), io.BytesIO()
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(macros, "w") as target:
        for name in source.namelist():
            content = source.read(name).replace(
                b"openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                b"ms-excel.sheet.macroEnabled.main+xml",
            )
            target.writestr(name, content)
        target.writestr("xl/vbaProject.bin", b"no macros")
    return macros.getvalue()


def xls(header: Sequence[str], rows: Rows, *, dates_1904: bool = False) -> bytes:
    """A workbook of Excel 97."""
    book = xlwt.Workbook()
    book.dates_1904 = dates_1904
    sheet = book.add_sheet("Sheet1")
    styles = {kind: xlwt.easyxf(num_format_str=shown) for kind, shown in CLOCK_FORMATS.items()}
    for line, row in enumerate((header, *rows)):
        for at, cell in enumerate(row):
            if cell is not None:
                sheet.write(line, at, cell, styles.get(type(cell), xlwt.Style.default_style))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _ods_cell(cell: Any) -> str:
    kind, attribute, value = "string", "", ""
    match cell:
        case None:
            return "<table:table-cell/>"
        case datetime():
            kind, attribute, value = "date", "date-value", cell.isoformat()
        case date():
            kind, attribute, value = "date", "date-value", cell.isoformat()
        case time():
            kind, attribute, value = "time", "time-value", f"PT{cell:%HH%MM%SS}"
        case int() | float():
            kind, attribute, value = "float", "value", repr(cell)
    typed = f' office:{attribute}="{value}"' if attribute else ""
    text = escape(str(cell))
    return (
        f'<table:table-cell office:value-type="{kind}"{typed}><text:p>{text}</text:p>'
        "</table:table-cell>"
    )


def _namespace(name: str) -> str:
    return f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'


def ods_of(rows_xml: str, document: str = "spreadsheet") -> bytes:
    """An OpenDocument spreadsheet with these rows of one sheet."""
    names = "".join(map(_namespace, ("office", "table", "text")))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{document}")
        archive.writestr(
            "META-INF/manifest.xml",
            f"<manifest:manifest{_namespace('manifest')}/>",
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names}><office:body>'
            f'<office:spreadsheet><table:table table:name="Sheet1">{rows_xml}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return content.getvalue()


def ods_row(row: Sequence[Any], attributes: str = "") -> str:
    """A row of an OpenDocument sheet."""
    return f"<table:table-row{attributes}>{''.join(map(_ods_cell, row))}</table:table-row>"


def ods(header: Sequence[str], rows: Rows) -> bytes:
    """An OpenDocument spreadsheet, with a million blank rows below as LibreOffice writes them."""
    blank = ods_row([None], ' table:number-rows-repeated="1048000"')
    return ods_of("".join(map(ods_row, (header, *rows))) + blank)


def record(number: int, content: bytes = b"") -> bytes:
    """A record of a binary workbook: its number and its length in groups of seven bits."""
    head = bytes([number]) if number < 128 else bytes([number & 127 | 128, number >> 7])
    size, length = len(content), b""
    while True:
        length += bytes([size & 127 | (128 if size > 127 else 0)])
        size >>= 7
        if not size:
            return head + length + content


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _day_number(cell: date | time) -> float:
    day = cell if isinstance(cell, date) else date(1899, 12, 30)
    clock = cell if isinstance(cell, datetime | time) else time()
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second
    days = (date(day.year, day.month, day.day) - date(1899, 12, 30)).days
    return days + seconds / 86400


def xlsb(header: Sequence[str], rows: Rows) -> bytes:
    """A binary workbook ([MS-XLSB]) of one sheet, with a style for each kind of date."""
    styles = {date: 1, datetime: 2, time: 3}

    def cell_record(at: int, cell: Any) -> bytes:
        style = struct.pack("<II", at, styles.get(type(cell), 0))
        if cell is None:
            return b""
        if isinstance(cell, str):
            return record(6, style + wide(cell))
        number = cell if isinstance(cell, int | float) else _day_number(cell)
        return record(5, style + struct.pack("<d", number))

    sheet = record(129) + record(148, struct.pack("<IIII", 0, len(rows), 0, len(header) - 1))
    sheet += record(145)
    for line, row in enumerate((header, *rows)):
        sheet += record(0, struct.pack("<IIHBBBI", line, 0, 300, 0, 0, 0, 0))
        sheet += b"".join(cell_record(at, cell) for at, cell in enumerate(row))
    sheet += record(146) + record(130)
    formats = ((164, "yyyy-mm-dd"), (165, "yyyy-mm-dd hh:mm"), (166, "hh:mm"))
    style_part = record(278) + record(615, struct.pack("<I", len(formats)))
    style_part += b"".join(
        record(44, struct.pack("<H", number) + wide(shown)) for number, shown in formats
    )
    style_part += record(616) + record(617, struct.pack("<I", 4))
    style_part += b"".join(
        record(47, struct.pack("<HHHHHHHH", 0, number, 0, 0, 0, 0, 0, 0))
        for number in (0, 164, 165, 166)
    )
    style_part += record(618) + record(279)
    book = record(131) + record(153, struct.pack("<II", 0, 0) + wide("")) + record(143)
    book += record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Sheet1"))
    book += record(144) + record(132)
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", relations)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
        archive.writestr("xl/styles.bin", style_part)
    return content.getvalue()


def statistics_file(ending: str, frame: pd.DataFrame, **options: Any) -> bytes:
    """A file of SPSS, Stata or SAS as pyreadstat writes it."""
    write = {
        "sav": pyreadstat.write_sav,
        "zsav": pyreadstat.write_sav,
        "dta": pyreadstat.write_dta,
        "xpt": pyreadstat.write_xport,
    }[ending]
    if ending == "zsav":
        options["compress"] = True
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file.{ending}"
        write(frame, path, **options)
        return path.read_bytes()


def _frame(header: Sequence[str], rows: Rows) -> pd.DataFrame:
    """Columns of numbers are numbers; others are what their cells are."""
    frame = pd.DataFrame(list(map(list, rows)), columns=list(header), dtype=object)
    for name in frame:
        if all(cell is None or isinstance(cell, int | float) for cell in frame[name]):
            frame[name] = frame[name].astype(float)
    return frame


def as_statistics(ending: str, **options: Any) -> Write:
    """A writer of files of a statistics program."""
    return lambda header, rows: statistics_file(ending, _frame(header, rows), **options)


def zipped(*members: tuple[str, bytes]) -> bytes:
    """A zip archive with these members."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members:
            archive.writestr(name, member)
    return content.getvalue()


WRITERS: dict[str, Write] = {
    "csv": csv_file,
    "jsonl": json_lines,
    "parquet": parquet,
    "xlsx": xlsx,
    "xlsm": xlsm,
    "xls": xls,
    "xlsb": xlsb,
    "ods": ods,
    "sav": as_statistics("sav"),
    "zsav": as_statistics("zsav"),
    "dta": as_statistics("dta"),
    "xpt": as_statistics("xpt"),
}

"""Delivered files as bytes, equal on every run: delimited text, gzip and XLSX."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import Workbook

from warehouse.definitions.dictionary import Dictionary, DictionaryField, Extract
from warehouse.synthetic.extracts import Row
from warehouse.synthetic.spelling import Speller

# Workbooks contain their time of creation; a fixed time keeps their bytes equal.
WORKBOOK_TIME = datetime(2022, 2, 15, 8, 0, 0)
MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


@dataclass(frozen=True)
class Layout:
    """Format of a written file."""

    suffix: str = ".csv"
    delimiter: str = ","
    newline: str = "\n"
    encoding: str = "utf-8"
    local: bool = False
    sloppy: float = 0.04


@dataclass(frozen=True)
class Fault:
    """Fault of a line: its field, if there is one, and the delivery that corrects it."""

    kind: str
    field: str = ""
    corrected_in: date | None = None
    is_unreadable: bool = False


@dataclass(frozen=True)
class Line:
    """A row of a file and the fault planted in it, if any."""

    row: Row
    fault: Fault | None = None


@dataclass(frozen=True)
class DeliveredFile:
    """One file of one delivery."""

    delivered_on: date
    extract: str
    stem: str
    layout: Layout = Layout()
    lines: Sequence[Line] = ()

    @property
    def name(self) -> str:
        """File name within the delivery."""
        return self.stem + self.layout.suffix


def render(file: DeliveredFile, dictionary: Dictionary, seed: int) -> bytes:
    """The bytes of a file."""
    layout = file.layout
    path = f"{file.delivered_on}/{file.name}"
    speller = Speller(seed, path, dictionary, layout.sloppy, layout.local)
    extract = dictionary.extracts[file.extract]
    if layout.suffix == ".xlsx":
        return _workbook(speller, extract, file.lines)
    content = _text(speller, extract, file).encode(layout.encoding)
    return gzip.compress(content, mtime=0) if layout.suffix.endswith(".gz") else content


def _text(speller: Speller, extract: Extract, file: DeliveredFile) -> str:
    layout = file.layout
    fields = delivered_fields(extract, file.lines)
    lines = [_joined([speller.header(field) for field in fields], layout)]
    for line in file.lines:
        cells = [speller.text(field, line.row[field.name]) for field in fields]
        lines.append(_damaged(cells, line.fault, layout))
    return "".join(line + layout.newline for line in lines)


def delivered_fields(extract: Extract, lines: Sequence[Line]) -> list[DictionaryField]:
    """Fields of a file: those of the dictionary that its rows have."""
    return [field for field in extract.fields if field.name in lines[0].row]


def _damaged(cells: list[str], fault: Fault | None, layout: Layout) -> str:
    """The line as text; an unreadable one is cut in the middle or has a quote that never ends."""
    if fault is None or not fault.is_unreadable:
        return _joined(cells, layout)
    if fault.kind == "cut_line":
        return _joined(cells[: len(cells) // 2], layout)
    return _joined(cells[:-1], layout) + layout.delimiter + '"' + cells[-1]


def _joined(cells: Iterable[str], layout: Layout) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=layout.delimiter, lineterminator="").writerow(cells)
    return out.getvalue()


def _workbook(speller: Speller, extract: Extract, lines: Sequence[Line]) -> bytes:
    workbook = Workbook()
    workbook.properties.created = WORKBOOK_TIME
    sheet = workbook.active
    sheet.title = extract.name
    fields = delivered_fields(extract, lines)
    sheet.append([speller.header(field) for field in fields])
    for line in lines:
        sheet.append([speller.cell(field, line.row[field.name]) for field in fields])
    out = io.BytesIO()
    workbook.save(out)
    return _without_clock(out.getvalue())


def _without_clock(workbook: bytes) -> bytes:
    """The same workbook with fixed times; stored, as compressed bytes differ between machines."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(out, "w") as target:
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                stamp = WORKBOOK_TIME.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                content = MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", content)
            target.writestr(zipfile.ZipInfo(name, WORKBOOK_TIME.timetuple()[:6]), content)
    return out.getvalue()

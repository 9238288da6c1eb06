"""Sheets with a frozen header, filters, wrapped text and escaped cells.

A cell that begins like a formula gets an apostrophe in front, so that neither a spreadsheet nor a
CSV file saved from it calculates a delivered value.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from warehouse.releases.reader import Row
from warehouse.spreadsheet_escaping import inert

HEADER_ROW = 3
CELL_MAX = 2_000
# The earliest day of the ZIP format, so that the same workbook gives the same bytes.
MODIFIED = re.compile(rb"<dcterms:modified.*?</dcterms:modified>")
ZIP_DAY = (1980, 1, 1, 0, 0, 0)
TITLE_FONT = Font(bold=True, size=14)
HEADER_FONT = Font(bold=True, color="FFFFFF")
HEADER_FILL = PatternFill("solid", start_color="0B5F66")
TOP_WRAPPED = Alignment(vertical="top", wrap_text=True)


@dataclass(frozen=True)
class Sheet:
    """Sheet: name, title, lead, and columns (heading, width, key in the rows)."""

    name: str
    title: str
    lead: str
    columns: tuple[tuple[str, int, str], ...]


def add_sheet(workbook: Workbook, sheet: Sheet, rows: list[Row]) -> None:
    """Add a sheet with these rows to a write-only workbook."""
    page = workbook.create_sheet(sheet.name)
    page.freeze_panes = f"A{HEADER_ROW + 1}"
    last = get_column_letter(len(sheet.columns))
    page.auto_filter.ref = f"A{HEADER_ROW}:{last}{HEADER_ROW + len(rows)}"
    for number, (_, width, _) in enumerate(sheet.columns, start=1):
        page.column_dimensions[get_column_letter(number)].width = width
    _set_print(page)
    page.append([_styled(page, sheet.title, font=TITLE_FONT)])
    page.append([cell_text(sheet.lead)])
    page.append([_header(page, heading) for heading, _, _ in sheet.columns])
    for row in rows:
        page.append([_cell(page, row[name]) for _, _, name in sheet.columns])


def workbook_bytes(workbook: Workbook, as_of: date) -> bytes:
    """Return the workbook as bytes that depend only on its content and day."""
    workbook.properties.creator = "thrombectomy warehouse"
    workbook.properties.created = datetime.combine(as_of, time())
    written = io.BytesIO()
    workbook.save(written)
    return steady_zip(written, MODIFIED)


def steady_zip(written: io.BytesIO, without: re.Pattern[bytes] | None = None) -> bytes:
    """Return a packed file whose bytes depend on its parts alone, all of ``ZIP_DAY``.

    What ``without`` matches in the properties of an Office file is left out.
    """
    steady = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(steady, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if without and name == "docProps/core.xml":
                content = without.sub(b"", content)
            target.writestr(zipfile.ZipInfo(name, ZIP_DAY), content, zipfile.ZIP_DEFLATED)
    return steady.getvalue()


def cell_text(text: str) -> str:
    """Return text escaped for a spreadsheet and cut to the size of a cell."""
    return inert(text[:CELL_MAX])


def _cell(page: Worksheet, value: str | int | date | None) -> WriteOnlyCell:
    return _styled(page, value, alignment=TOP_WRAPPED)


def _header(page: Worksheet, heading: str) -> WriteOnlyCell:
    cell = _styled(page, heading, font=HEADER_FONT, alignment=TOP_WRAPPED)
    cell.fill = HEADER_FILL
    return cell


def _styled(
    page: Worksheet,
    value: str | int | date | None,
    font: Font | None = None,
    alignment: Alignment | None = None,
) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, cell_text(value) if isinstance(value, str) else value)
    if font:
        cell.font = font
    if alignment:
        cell.alignment = alignment
    if isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    return cell


def _set_print(page: Worksheet) -> None:
    """Set landscape, the width of the paper, and the header on every page."""
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"

"""Export of tables as CSV and XLSX without formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from warehouse.exports.tables import StyledTable
from warehouse.releases.reader import Row
from warehouse.spreadsheet_escaping import inert
from warehouse.tables.sheets import workbook_bytes

BYTE_ORDER_MARK = "\ufeff"
LABEL_WIDTH, CELL_WIDTH = 46, 22
RULE = Side(style="medium")
BOLD = Font(bold=True)


def csv_file(table: StyledTable) -> bytes:
    """Return section, label and cells of each line, then title and notes, in UTF-8 with a BOM."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(map(inert, ("Section", *(heading.text for heading in table.headings))))
    for name, lines in table.sections:
        for line in lines:
            writer.writerow(map(inert, (name, line.marked_label, *line.cells)))
    for note in (table.title, *table.notes):
        writer.writerow(map(inert, (note, *("" for _ in table.headings))))
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def workbook_file(table: StyledTable, rows: Sequence[Row], as_of: date) -> bytes:
    """Return a workbook: the printed table, and every column of the release's table."""
    workbook = Workbook()
    page = workbook.active
    page.title = "table"
    _printed(page, table)
    values = workbook.create_sheet("values")
    values.freeze_panes = "A2"
    values.append(list(rows[0]) if rows else [])
    for row in rows:
        values.append([inert(value) if isinstance(value, str) else value for value in row.values()])
    return workbook_bytes(workbook, as_of)


def _printed(page: Worksheet, table: StyledTable) -> None:
    page.append([inert(table.title)])
    page["A1"].font = BOLD
    _row(page, [heading.text for heading in table.headings], BOLD)
    for cell in page[page.max_row]:
        cell.border = Border(top=RULE, bottom=Side(style="thin"))
    for name, lines in table.sections:
        _row(page, (name,), BOLD)
        for line in lines:
            _row(page, (line.marked_label, *line.cells))
            page.cell(page.max_row, 1).alignment = Alignment(indent=line.indent, wrap_text=True)
    for place in range(len(table.headings)):
        page.cell(page.max_row, place + 1).border = Border(bottom=RULE)
    for note in table.notes:
        page.append([inert(note)])
    page.column_dimensions["A"].width = LABEL_WIDTH
    for place in range(2, len(table.headings) + 1):
        page.column_dimensions[get_column_letter(place)].width = CELL_WIDTH
    page.freeze_panes = "B3"
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


def _row(page: Worksheet, texts: Sequence[str], font: Font | None = None) -> None:
    page.append([inert(text) for text in texts])
    for place, cell in enumerate(page[page.max_row]):
        cell.alignment = Alignment(horizontal="center" if place else None, wrap_text=True)
        if font:
            cell.font = font

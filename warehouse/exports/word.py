"""Export of tables and paragraphs as Word files (python-docx)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table, _Cell, _Row

from warehouse.exports.tables import Heading, StyledTable
from warehouse.figures.text_width import text_width
from warehouse.tables.sheets import steady_zip

FONT, SIZE, NOTE_SIZE = "Arial", Pt(9), Pt(8)
BLACK = RGBColor(0, 0, 0)
RULE, THIN_RULE = "12", "4"  # eighths of a point
INDENT, MARGIN = Cm(0.4), Cm(2)
CELL_PADDING = 2 * Cm(0.19)  # Word's own
HEADING = 1.3  # Width of bold text in the widest usual font, relative to other text


def word_table(table: StyledTable, made_at: datetime) -> bytes:
    """Return a table as a DOCX file: title, table with a repeated header, notes."""
    document = _document(table.title, made_at)
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    title = document.add_paragraph(table.title, style="Caption")
    title.paragraph_format.keep_with_next = True
    set_table = document.add_table(rows=0, cols=len(table.headings))
    _describe(set_table, table)
    _header(set_table, [_broken(heading) for heading in table.headings])
    for name, lines in table.sections:
        _section(set_table, name)
        for line in lines:
            row = _row(set_table, (line.marked_label, *line.cells))
            row.cells[0].paragraphs[0].paragraph_format.left_indent = INDENT * line.indent
    _rule(set_table.rows[-1], "bottom", RULE)
    _set_widths(set_table, _widths(table, section.page_width - 2 * MARGIN))
    for note in table.notes:
        _note(document, note)
    return _bytes(document)


def word_text(heading: str, paragraphs: Sequence[str], made_at: datetime) -> bytes:
    """Return a heading and paragraphs as a DOCX file."""
    document = _document(heading, made_at)
    document.add_heading(heading, level=1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    return _bytes(document)


def _document(title: str, made_at: datetime) -> Document:
    document = docx.Document()
    document.styles["Normal"].font.name = FONT
    document.styles["Normal"].font.size = SIZE
    caption = document.styles["Caption"].font
    caption.name, caption.size, caption.bold, caption.color.rgb = FONT, SIZE, True, BLACK
    about = document.core_properties
    about.title, about.author = title, "thrombectomy warehouse"
    about.created = about.modified = made_at
    section = document.sections[0]
    section.left_margin = section.right_margin = MARGIN
    section.top_margin = section.bottom_margin = MARGIN
    return document


def _describe(set_table: Table, table: StyledTable) -> None:
    """Give a table the title and the text that programs read aloud."""
    headings = ", ".join(heading.text for heading in table.headings)
    for name, text in (("w:tblCaption", table.title), ("w:tblDescription", f"Columns: {headings}")):
        element = OxmlElement(name)
        element.set(qn("w:val"), text)
        set_table._tbl.tblPr.append(element)


def _header(table: Table, headings: Sequence[str]) -> None:
    row = _row(table, headings)
    for cell in row.cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True
    _rule(row, "top", RULE)
    _rule(row, "bottom", THIN_RULE)
    # Repeated on every page.
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))


def _broken(heading: Heading) -> str:
    return f"{heading.name}\n{heading.below}".strip()


def _section(table: Table, name: str) -> None:
    row = _row(table, (name, *[""] * (len(table.columns) - 1)))
    merged = row.cells[0].merge(row.cells[-1])
    for paragraph in merged.paragraphs[1:]:
        paragraph._p.getparent().remove(paragraph._p)
    merged.paragraphs[0].runs[0].bold = True
    merged.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.LEFT
    merged.paragraphs[0].paragraph_format.keep_with_next = True


def _row(table: Table, texts: Sequence[str]) -> _Row:
    row = table.add_row()
    # A line does not break across pages.
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.add_run(text)
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
        if place:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return row


def _rule(row: _Row, side: str, eighths: str) -> None:
    for cell in row.cells:
        _border(cell, side, eighths)


def _border(cell: _Cell, side: str, eighths: str) -> None:
    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.append(borders)
    border = OxmlElement(f"w:{side}")
    border.set(qn("w:val"), "single")
    border.set(qn("w:sz"), eighths)
    borders.append(border)


def _widths(table: StyledTable, width: int) -> list[int]:
    """Return the widths of the columns, without breaks in numbers and words of headings. Labels get
    the rest, at least a fifth.
    """
    lines = [line for _, lines in table.sections for line in lines]
    needed = []
    for place, heading in enumerate(table.headings[1:]):
        words = [HEADING * text_width(word, SIZE.pt) for word in heading.text.split()]
        cells = [text_width(line.cells[place], SIZE.pt) for line in lines]
        needed.append(Pt(max([*words, *cells]) + 1) + CELL_PADDING)
    shrunk = min(1, 0.8 * width / sum(needed))
    columns = [int(need * shrunk) for need in needed]
    return [width - sum(columns), *columns]


def _set_widths(table: Table, widths: Sequence[int]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width


def _note(document: Document, note: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.add_run(note).font.size = NOTE_SIZE
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)


def _bytes(document: Document) -> bytes:
    written = io.BytesIO()
    document.save(written)
    return steady_zip(written)

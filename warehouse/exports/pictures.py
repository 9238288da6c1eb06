"""Export of figures, and of tables as pictures: SVG, and from it PNG and PDF (vl-convert)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import vl_convert

from warehouse.exports.choices import ExportError
from warehouse.exports.steady_pdf import steady_pdf
from warehouse.exports.tables import Heading, StyledLine, StyledTable
from warehouse.figures.picture import Picture, line, lines, text
from warehouse.figures.text_width import text_width, wrapped

SVG_TEXT = "{http://www.w3.org/2000/svg}text"
UNDRAWN = {"Zs", "Zl", "Zp", "Cc", "Cf"}  # spaces and control signs
NO_SIGN = "\ue000"  # of the private use area
RAISED = re.compile("[\u2070-\u2079\u02b0\u1d43-\u1da0\u2071]+")
# 300 dots per inch; the drawing has 96 pixels per inch.
PRINT_SCALE = 300 / 96
STEP, NOTE_STEP, SPACE, GAP, INDENT = 19, 16, 7, 22, 16
LABEL_WIDTH, CELL_WIDTH, MARGIN = 380, 190, 16


def svg_file(picture: Picture) -> bytes:
    """Return a picture as SVG."""
    return picture.standalone().encode()


def png_file(picture: Picture) -> bytes:
    """Return a picture as PNG with 300 dots per inch. Raises ExportError as ``pdf_file``."""
    return vl_convert.svg_to_png(_with_fonts(picture), scale=PRINT_SCALE)


def pdf_file(picture: Picture) -> bytes:
    """Return a picture as PDF with selectable text; the same picture has the same bytes.

    Raises ExportError that names a text and its sign which no font of the machine has.
    """
    return steady_pdf(vl_convert.svg_to_pdf(_with_fonts(picture)))


def _with_fonts(picture: Picture) -> str:
    """Return a picture as SVG, of which each sign can be drawn."""
    drawn = picture.standalone()
    for element in ElementTree.fromstring(drawn).iter(SVG_TEXT):
        words = "".join(element.itertext())
        for sign in words:
            if not sign.isascii() and not _has_font(sign):
                raise ExportError(
                    f"No font of this machine has {sign!r} (U+{ord(sign):04X}, "
                    f"{unicodedata.name(sign, 'no letter')}), which stands in {words!r}, so "
                    f"nothing was exported. Choose svg or docx, or install a font that has it."
                )
    return drawn


@cache
def _has_font(sign: str) -> bool:
    """Return whether a sign is drawn otherwise than one that no font has; spaces are."""
    return unicodedata.category(sign) in UNDRAWN or _of_sign(sign) != _of_sign(NO_SIGN)


def _of_sign(sign: str) -> bytes:
    return vl_convert.svg_to_png(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="30" height="30">'
        f'<text x="5" y="20" font-family="sans-serif">{sign}</text></svg>'
    )


def with_notes(picture: Picture, notes: Sequence[str]) -> Picture:
    """Return a figure with a margin and notes below it."""
    drawn, end = _notes(notes, picture.width, picture.height + STEP)
    body = f'<g transform="translate({MARGIN} {MARGIN})">{picture.body}{"".join(drawn)}</g>'
    return replace(picture, width=picture.width + 2 * MARGIN, height=end + 2 * MARGIN, body=body)


def table_picture(table: StyledTable) -> Picture:
    """Return a table as a picture, like the table in Word."""
    widths = [LABEL_WIDTH, *(_cell_width(table, place) for place in range(len(table.headings) - 1))]
    drawing = _TableDrawing(widths)
    drawing.header(table.title, table.headings)
    for name, members in table.sections:
        drawing.section(name)
        for member in members:
            drawing.line(member)
    drawing.rule("axis")
    description = "; ".join(
        f"{member.marked_label}: {', '.join(member.cells)}"
        for _, members in table.sections
        for member in members
    )
    picture = Picture(
        "table", table.title, description, sum(widths), drawing.y, _raised("".join(drawing.drawn))
    )
    return with_notes(picture, table.notes)


class _TableDrawing:
    """Drawing of a table: the elements so far, and their lower end ``y``."""

    def __init__(self, widths: Sequence[float]) -> None:
        self.widths = widths
        self.drawn: list[str] = []
        self.y = 0.0

    def header(self, title: str, headings: Sequence[Heading]) -> None:
        self.drawn.append(text(0, STEP, title, "strong"))
        self.y = STEP + SPACE
        self.rule("axis")
        columns = [
            [*wrapped(heading.name, width - GAP, bold=True), heading.below]
            for heading, width in zip(headings, self.widths, strict=True)
        ]
        self._columns(columns, "strong")
        self.rule("grid")

    def section(self, name: str) -> None:
        self.drawn.append(text(0, self.y + STEP, name, "strong"))
        self.y += STEP + SPACE

    def line(self, member: StyledLine) -> None:
        indent = INDENT * member.indent
        label = wrapped(member.marked_label, self.widths[0] - GAP - indent)
        self._columns([label, *([cell] for cell in member.cells)], "", indent)

    def rule(self, kind: str) -> None:
        self.drawn.append(line(0, self.y, sum(self.widths), self.y, kind))

    def _columns(self, columns: Sequence[list[str]], kind: str, indent: float = 0) -> None:
        left = 0.0
        for place, (words, width) in enumerate(zip(columns, self.widths, strict=True)):
            x, anchor = (left + width / 2, " middle") if place else (indent, "")
            self.drawn.append(lines(x, self.y + STEP, words, STEP, f"{kind}{anchor}".strip()))
            left += width
        self.y += STEP * max(map(len, columns)) + SPACE


def _raised(drawn: str) -> str:
    """Return SVG with superscript letters for superscript signs, which most fonts lack."""
    return RAISED.sub(
        lambda found: (
            f'<tspan baseline-shift="super" font-size="10">'
            f"{unicodedata.normalize('NFKC', found[0])}</tspan>"
        ),
        drawn,
    )


def _cell_width(table: StyledTable, place: int) -> float:
    """Return the width of the widest cell or of the heading's longest word."""
    cells = (member.cells[place] for _, members in table.sections for member in members)
    heading = table.headings[place + 1]
    words = [*heading.name.split(), heading.below]
    widest = max([*map(text_width, cells), *(text_width(word, bold=True) for word in words)])
    return max(widest + GAP, min(CELL_WIDTH, text_width(heading.name, bold=True) + GAP))


def _notes(notes: Sequence[str], width: float, y: float) -> tuple[list[str], float]:
    drawn = []
    for note in notes:
        words = wrapped(note, width, 12)
        drawn.append(lines(0, y, words, NOTE_STEP, "small soft"))
        y += NOTE_STEP * len(words)
    return drawn, y

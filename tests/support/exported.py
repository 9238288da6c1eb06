"""What the tests of exports share: to make a file, and to read one back."""

from __future__ import annotations

import csv
import io
import re
from xml.etree import ElementTree

import docx
import openpyxl
from lxml import html
from pypdf import PdfReader

from tests.support.refreshed import Refreshed
from warehouse.exports.choices import Content, Format
from warehouse.exports.export import ExportRequest, exported

TABLES = {Content.table1: "study.table1_baseline", Content.table2: "study.table2_outcomes"}
FIGURES = (Content.flow, Content.mrs, Content.forest, Content.forest_risk_ratio)
STYLES = ("jama", "lancet", "nejm")
SVG_TEXT = "{http://www.w3.org/2000/svg}text"
LATEX = {
    r"\ensuremath{-}": "\N{MINUS SIGN}",
    r"\ensuremath{\chi}": "χ",
    r"\ensuremath{\pm}": "±",
    r"\textperiodcentered{}": "·",
    r"\textdagger{}": "†",
    r"\textless{}": "<",
    r"\quad{}": "",
    r"\%": "%",
    "---": "\N{EM DASH}",
    "--": "\N{EN DASH}",
}
RAISED = dict(zip("29abcdefghi", "²⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱ", strict=True))


def made(refreshed: Refreshed, thing: Content, form: Format, style: str = "jama") -> bytes:
    return exported(ExportRequest(thing, form, style), refreshed.settings.published_path)


def read_csv(content: bytes) -> list[list[str]]:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    return [row[1:] for row in rows[1:] if row[1]]


def read_xlsx(content: bytes) -> list[list[str]]:
    page = openpyxl.load_workbook(io.BytesIO(content))["table"]
    rows = [list(row) for row in page.iter_rows(min_row=3, values_only=True)]
    return [row for row in rows if row[1] is not None]


def read_docx(content: bytes) -> list[list[str]]:
    (table,) = docx.Document(io.BytesIO(content)).tables
    rows = [row.cells for row in table.rows[1:]]
    return [[cell.text for cell in cells] for cells in rows if cells[0]._tc is not cells[-1]._tc]


def read_html(content: bytes) -> list[list[str]]:
    rows = html.fromstring(content.decode()).findall(".//tbody/tr")
    read = [[cell.text_content().strip() for cell in row] for row in rows]
    return [row for row in read if len(row) > 1]


def read_latex(content: bytes) -> list[list[str]]:
    body = content.decode().split(r"\endlastfoot", 1)[1]
    read = re.findall(r"^(.* & .*) \\\\$", body, re.MULTILINE)
    return [[plain(cell.strip()) for cell in line.split("&")] for line in read]


def plain(cell: str) -> str:
    for written, sign in LATEX.items():
        cell = cell.replace(written, sign)
    return re.sub(r"\\textsuperscript\{(\w)\}", lambda found: RAISED[found[1]], cell)


READERS = {
    Format.xlsx: read_xlsx,
    Format.docx: read_docx,
    Format.html: read_html,
    Format.latex: read_latex,
}


def svg_texts(content: bytes) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(content).iter(SVG_TEXT)]


def words(content: bytes, form: Format) -> str:
    """All text of a file."""
    match form:
        case Format.docx:
            return "\n".join(each.text for each in docx.Document(io.BytesIO(content)).paragraphs)
        case Format.xlsx:
            page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
            return "\n".join(str(row[0]) for row in page.iter_rows(values_only=True))
        case Format.pdf:
            return PdfReader(io.BytesIO(content)).pages[0].extract_text()
        case _:
            return content.decode()

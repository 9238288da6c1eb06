"""Contents and formats of exports, and their valid combinations."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from warehouse.errors import WarehouseError


class ExportError(WarehouseError):
    """An invalid export request."""

    concerns = "caller"


class Content(StrEnum):
    """Content of an export; ``forest`` shows odds ratios."""

    table1 = "table1"
    table2 = "table2"
    table3 = "table3"
    table4 = "table4"
    flow = "flow"
    mrs = "mrs"
    forest = "forest"
    forest_risk_ratio = "forest-risk-ratio"
    methods = "methods"
    omop = "omop"
    redcap = "redcap"


# They are a folder of CSV files.
FOLDERS = (Content.omop, Content.redcap)


class Format(StrEnum):
    """File format of an export."""

    docx = "docx"
    latex = "latex"
    html = "html"
    csv = "csv"
    xlsx = "xlsx"
    png = "png"
    svg = "svg"
    pdf = "pdf"
    markdown = "markdown"
    text = "text"


PICTURES = (Format.svg, Format.png, Format.pdf)
TABLES = (Format.docx, Format.latex, Format.html, Format.csv, Format.xlsx, *PICTURES)
# The tables of a study by their place in its file.
TABLE_NUMBERS = {
    Content.table1: 1,
    Content.table2: 2,
    Content.table3: 3,
    Content.table4: 4,
}
FORMATS = {
    **dict.fromkeys(TABLE_NUMBERS, TABLES),
    Content.flow: PICTURES,
    Content.mrs: PICTURES,
    Content.forest: PICTURES,
    Content.forest_risk_ratio: PICTURES,
    Content.methods: (Format.text, Format.markdown, Format.docx),
}
SUFFIXES = {"tex": Format.latex, "htm": Format.html, "md": Format.markdown, "txt": Format.text}
BINARY = (Format.docx, Format.xlsx, Format.png, Format.pdf)


def chosen(content: Content, form: Format | None, output: Path | None) -> Format:
    """Return the given format, or the one of the file's ending; text for the methods.

    Raises ExportError if there is none, or if the content has no such format.
    """
    known = ", ".join(FORMATS[content])
    if form is None and output is not None:
        suffix = output.suffix.removeprefix(".").lower()
        form = SUFFIXES.get(suffix) or next((each for each in Format if each == suffix), None)
    if form is None and output is None and content is Content.methods:
        form = Format.text
    if form is None:
        raise ExportError(f"Give --format, or --output with one of these endings: {known}.")
    if form not in FORMATS[content]:
        raise ExportError(f"{content} cannot be exported as {form}. Use one of: {known}.")
    return form


def chosen_folder(content: Content, form: Format | None, output: Path | None) -> Path:
    """Return the folder of a content that is one. Raises ExportError if none is given."""
    if form not in (None, Format.csv):
        raise ExportError(f"{content} cannot be exported as {form}. Use {Format.csv}.")
    if output is None:
        raise ExportError(f"{content} is a folder of files. Name it: --output FOLDER")
    return output

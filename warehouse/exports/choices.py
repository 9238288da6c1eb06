"""What can be asked for: things, formats, and which go together."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from warehouse.errors import WarehouseError


class ExportError(WarehouseError):
    """An export that was asked for in a way that cannot be."""

    concerns = "caller"


class Thing(StrEnum):
    """What can be exported; ``forest`` shows odds ratios."""

    table1 = "table1"
    table2 = "table2"
    flow = "flow"
    mrs = "mrs"
    forest = "forest"
    forest_risk_ratio = "forest-risk-ratio"
    methods = "methods"


class Format(StrEnum):
    """How it is written."""

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
FORMATS = {
    Thing.table1: TABLES,
    Thing.table2: TABLES,
    Thing.flow: PICTURES,
    Thing.mrs: PICTURES,
    Thing.forest: PICTURES,
    Thing.forest_risk_ratio: PICTURES,
    Thing.methods: (Format.text, Format.markdown, Format.docx),
}
SUFFIXES = {"tex": Format.latex, "htm": Format.html, "md": Format.markdown, "txt": Format.text}
BINARY = (Format.docx, Format.xlsx, Format.png, Format.pdf)


def chosen(thing: Thing, form: Format | None, output: Path | None) -> Format:
    """The format asked for, or the one that the file's name ends in; the text of the methods.

    Raises ExportError when there is none, or when the thing has no such form.
    """
    known = ", ".join(FORMATS[thing])
    if form is None and output is not None:
        suffix = output.suffix.removeprefix(".").lower()
        form = SUFFIXES.get(suffix) or next((each for each in Format if each == suffix), None)
    if form is None and output is None and thing is Thing.methods:
        form = Format.text
    if form is None:
        raise ExportError(f"Say --format, or --output with a name that ends in it: {known}.")
    if form not in FORMATS[thing]:
        raise ExportError(f"{thing} is not written as {form}. It can be: {known}.")
    return form

"""Exports: every format holds the numbers of the release, in the spelling of each journal."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import docx
import duckdb
import openpyxl
import pytest
from docx.shared import Emu
from lxml import html
from pypdf import PdfReader

from tests.support.exported import READERS, STYLES, TABLES, made, read_csv, svg_texts, words
from tests.support.golden import golden
from tests.support.refreshed import Refreshed
from warehouse.definitions.styles import load_styles
from warehouse.exports.choices import FORMATS, Content, Format
from warehouse.exports.export import ExportRequest, exported
from warehouse.exports.numbers import p_value
from warehouse.figures.text_width import text_width

GOLDEN = golden("exports")

SYNTHETIC = "Synthetic data: no row describes a real patient."
CELL_PADDING_PT = 2 * 5.4  # Word's own, left and right


def numbers(cell: str) -> list[tuple[float, float]]:
    """The numbers of a cell, each with half a unit of its last decimal."""
    cell = cell.replace("χ²", "").replace("·", ".").replace("\N{EN DASH}", " ")
    cell = re.sub(r"(?<=\d)-(?=\d)", " ", cell).replace("\N{MINUS SIGN}", "-")
    found = re.findall(r"-?\d*\.?\d+", cell)
    return [(float(text), 0.5 * 10 ** -len(text.partition(".")[2])) for text in found]


def expected(row: dict[str, Any]) -> list[list[float]]:
    """What the cells of a line show, as the database holds it."""
    parts = {
        "n_pct": ("n", "pct"),
        "mean_sd": ("mean", "sd"),
        "median_iqr": ("median", "q1", "q3"),
    }[row["summary"]]
    cells = [[row[f"{group}_{part}"] for part in parts] for group in ("rs", "non_rs")]
    cells += [[row["test_statistic"]], [row["p_value"]]]
    if "risk_ratio" not in row:
        return [*cells, [row["standardised_mean_difference"]]]
    for effect, scale in (("risk_difference", 100), ("risk_ratio", 1), ("odds_ratio", 1)):
        cells.append([scale * row[f"{effect}{end}"] for end in ("", "_ci_low", "_ci_high")])
    return cells


def records(refreshed: Refreshed, table: str) -> list[dict[str, Any]]:
    with duckdb.connect(refreshed.settings.published_path, read_only=True) as connection:
        result = connection.execute(
            f"select * replace (nullif(level, '-') as level) from {table} order by line"
        )
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("thing", TABLES)
def test_every_cell_is_the_databases_number(
    refreshed: Refreshed, thing: Content, style: str
) -> None:
    rows = records(refreshed, TABLES[thing])
    lines = read_csv(made(refreshed, thing, Format.csv, style))

    assert len(lines) == len(rows) > 0
    for row, (label, *cells) in zip(rows, lines, strict=True):
        assert label.startswith(row["label"])
        for cell, values in zip(cells, expected(row), strict=True):
            shown = numbers(cell)
            if cell.startswith("<"):
                assert values[0] < shown[0][0]
                continue
            assert len(shown) == len(values), (label, cell)
            for (number, half), value in zip(shown, values, strict=True):
                assert abs(number - value) <= half + 1e-9, (label, cell, value)


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("thing", TABLES)
def test_every_format_has_the_same_cells(
    refreshed: Refreshed, thing: Content, style: str, form: Format
) -> None:
    read = READERS[form](made(refreshed, thing, form, style))

    assert read == read_csv(made(refreshed, thing, Format.csv, style))


@pytest.mark.parametrize("thing", TABLES)
def test_pictures_of_tables_show_the_same_cells(refreshed: Refreshed, thing: Content) -> None:
    lines = read_csv(made(refreshed, thing, Format.csv))
    texts = iter(svg_texts(made(refreshed, thing, Format.svg)))
    assert all(cell in texts for line in lines for cell in line[1:]), "cell after cell, in order"

    (page,) = PdfReader(io.BytesIO(made(refreshed, thing, Format.pdf))).pages
    shown = page.extract_text()
    assert [cell for line in lines for cell in line[1:3] if cell not in shown] == []


def test_the_workbook_has_the_tables_numbers_as_they_are(refreshed: Refreshed) -> None:
    for thing, table in TABLES.items():
        workbook = openpyxl.load_workbook(io.BytesIO(made(refreshed, thing, Format.xlsx)))
        names, *rows = workbook["values"].iter_rows(values_only=True)
        there = [dict(zip(names, row, strict=True)) for row in rows]
        # A sheet keeps 16 digits of a number.
        rows = records(refreshed, table)
        for record, row in zip(there, rows, strict=True):
            assert record == {
                name: pytest.approx(value, rel=1e-15, abs=0) if isinstance(value, float) else value
                for name, value in row.items()
            }


SPELT = {
    "jama": [
        ["Age, mean (SD), years", "62.0 (13.7)", "63.2 (13.4)", "t = -0.46", ".64", "-0.09"],
        ["Male sex, No. (%)", "31 (76)", "63 (73)", "χ² = 0.08", ".78", "0.05"],
        ["Procedure duration, median (IQR), min", "64 (48-75)", "52 (38-69.5)", "Z = 2.60", ".009"],
        ["Passes of the retriever, median (IQR)", "2 (2-2.5)", "1 (1-2)", "Z = 4.47", "<.001"],
    ],
    "lancet": [
        ["Age (years)", "62·0 (13·7)", "63·2 (13·4)", "t=-0·46", "0·64", "-0·09"],
        ["Male sex", "31 (76%)", "63 (73%)", "χ²=0·08", "0·78", "0·05"],
        ["Procedure duration (min)", "64 (48~75)", "52 (38~69·5)", "Z=2·60", "0·0094"],
        ["Passes of the retriever", "2 (2~2·5)", "1 (1~2)", "Z=4·47", "<0·0001"],
    ],
    "nejm": [
        ["Age — years", "62.0±13.7", "63.2±13.4", "t=-0.46", "0.64", "-0.09"],
        ["Male sex — no. (%)", "31 (76)", "63 (73)", "χ²=0.08", "0.78", "0.05"],
        ["Procedure duration, median (IQR) — min", "64 (48~75)", "52 (38~69.5)", "Z=2.60", "0.009"],
        ["Passes of the retriever, median (IQR)", "2 (2~2.5)", "1 (1~2)", "Z=4.47", "<0.001"],
    ],
}


@pytest.mark.parametrize("style", STYLES)
def test_a_table_is_spelt_as_the_journal_does(refreshed: Refreshed, style: str) -> None:
    """``~`` stands for an en dash; a minus sign begins a number, a hyphen stands within."""
    lines = read_csv(made(refreshed, Content.table1, Format.csv, style))
    for place, line in zip((0, 1, 20, 21), SPELT[style], strict=True):
        spelt = [re.sub("(^|=| )-", "\\1\N{MINUS SIGN}", cell) for cell in line]
        assert lines[place][: len(line)] == [cell.replace("~", "\N{EN DASH}") for cell in spelt]


SMALL = (
    "The table has approximate tests, also where samples are small. Fisher's exact test (an "
    "expected count is below 5) gives Parenchymal hematoma {}, Parenchymal hematoma type 1 {}, "
    "Parenchymal hematoma type 2 {}."
)
OUTCOMES = {
    "jama": [
        "Safety|Symptomatic intracranial hemorrhage, No. (%)|7 (17)|14 (16)|χ² = 0.01|.91|"
        "0.8 (_11.8 to 16.3)|1.05 (0.46-2.30)|1.06 (0.40-2.80)",
        "Outcome at 90 days|mRS 0-2, No. (%)|20 (49)|45 (52)|χ² = 0.14|.71|"
        "_3.5 (_21.3 to 14.5)|0.93 (0.63-1.32)|0.87 (0.41-1.82)",
        "Groups are compared by χ², Pearson's chi-square test.",
        SMALL.format(".77", ".66", ">.99"),
        "CI, confidence interval; mRS, modified Rankin Scale.",
    ],
    "lancet": [
        "Safety|Symptomatic intracranial hemorrhage|7 (17%)|14 (16%)|χ²=0·01|0·91|"
        "0·8 (_11·8 to 16·3)|1·05 (0·46~2·30)|1·06 (0·40~2·80)",
        "Outcome at 90 days|mRS 0-2|20 (49%)|45 (52%)|χ²=0·14|0·71|"
        "_3·5 (_21·3 to 14·5)|0·93 (0·63~1·32)|0·87 (0·41~1·82)",
        "Data are n (%).",
        "Groups are compared by χ², Pearson's chi-square test.",
        SMALL.format("0·77", "0·66", ">0·99"),
        "CI, confidence interval; mRS, modified Rankin Scale.",
    ],
    "nejm": [
        "Safety|Symptomatic intracranial hemorrhage — no. (%)|7 (17)|14 (16)|χ²=0.01|0.91|"
        "0.8 (_11.8 to 16.3)|1.05 (0.46 to 2.30)|1.06 (0.40 to 2.80)",
        "Outcome at 90 days|mRS 0-2 — no. (%)|20 (49)|45 (52)|χ²=0.14|0.71|"
        "_3.5 (_21.3 to 14.5)|0.93 (0.63 to 1.32)|0.87 (0.41 to 1.82)",
        "Groups are compared by χ², Pearson's chi-square test.",
        SMALL.format("0.77", "0.66", ">0.99"),
        "CI, confidence interval; mRS, modified Rankin Scale.",
    ],
}
SIZES = {"jama": ("(n = 41)", "(n = 86)"), "lancet": ("(n=41)", "(n=86)")}
SIZES["nejm"] = ("(N=41)", "(N=86)")


@pytest.mark.parametrize("style", STYLES)
def test_outcomes_with_intervals_and_notes_are_spelt_as_the_journal_does(
    refreshed: Refreshed, style: str
) -> None:
    """``~`` stands for an en dash, ``_`` for a minus; an end below 0 has "to" before it."""
    content = made(refreshed, Content.table2, Format.csv, style).decode("utf-8-sig")
    headings, *lines = csv.reader(io.StringIO(content))
    rs, non_rs = SIZES[style]
    assert headings[2:4] == [f"Rescue stenting {rs}", f"No rescue stenting {non_rs}"]
    shown = [lines[0], lines[4], *lines[7:-2]]
    assert ["|".join(line).rstrip("|") for line in shown] == [
        line.replace("~", "\N{EN DASH}").replace("_", "\N{MINUS SIGN}") for line in OUTCOMES[style]
    ]


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("thing", TABLES)
def test_every_format_has_headings_sections_and_notes_in_order(
    refreshed: Refreshed, thing: Content, form: Format
) -> None:
    content = made(refreshed, thing, Format.csv).decode("utf-8-sig")
    headings, *lines = csv.reader(io.StringIO(content))
    sections = list(dict.fromkeys(line[0] for line in lines if line[1]))
    title, *notes = (line[0] for line in lines if not line[1])
    parts = [title, *headings[1:], *sections, *notes]
    if form is Format.latex:  # its headings and notes are full of commands
        parts = sections
    text = " ".join(all_words(made(refreshed, thing, form), form).split())
    place = 0
    for part in parts:
        assert part in text[place:], part
        place = text.index(part, place)


def all_words(content: bytes, form: Format) -> str:
    """The text of a file in its order, that of tables too."""
    if form is Format.docx:
        document = docx.Document(io.BytesIO(content))
        (table,) = document.tables
        cells = [cell.text for row in table.rows for cell in row.cells]
        title, *notes = (each.text for each in document.paragraphs)
        return "\n".join([title, *cells, *notes])
    if form is Format.xlsx:
        page = openpyxl.load_workbook(io.BytesIO(content))["table"]
        rows = page.iter_rows(values_only=True)
        return "\n".join(str(cell) for row in rows for cell in row if cell is not None)
    if form is Format.latex:
        return content.decode()
    return "\n".join(html.fromstring(content.decode()).itertext())


@pytest.mark.parametrize(
    ("value", "jama", "lancet", "nejm"),
    [
        (0.9996, ">.99", ">0·99", ">0.99"),
        (0.04, ".04", "0·040", "0.04"),
        (0.0496, ".0496", "0·050", "0.05"),
        (0.0996, ".10", "0·10", "0.10"),
        (0.0094, ".009", "0·0094", "0.009"),
        (0.0004, "<.001", "0·00040", "<0.001"),
        (0.00004, "<.001", "<0·0001", "<0.001"),
        (None, *["\N{EN DASH}"] * 3),
    ],
)
def test_p_values_are_spelt_as_the_journals_do(
    value: float | None, jama: str, lancet: str, nejm: str
) -> None:
    assert [p_value(value, load_styles()[style]) for style in STYLES] == [jama, lancet, nejm]


def test_missing_values_and_abbreviations_have_a_note(refreshed: Refreshed) -> None:
    document = docx.Document(io.BytesIO(made(refreshed, Content.table1, Format.docx, "nejm")))
    notes = [paragraph.text for paragraph in document.paragraphs]
    assert GOLDEN("missing_values_of_the_table") in notes
    assert (GOLDEN("aspects_alberta_stroke_program_early_ct")) in notes
    lines = read_csv(made(refreshed, Content.table1, Format.csv, "nejm"))
    assert [label for label, *_ in lines if label.endswith(("*", "†"))] == [
        GOLDEN("systolic_blood_pressure_mmhg"),
        GOLDEN("intravenous_thrombolysis_no"),
    ]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("thing", TABLES)
def test_a_word_file_breaks_no_number_and_no_heading_within_a_word(
    refreshed: Refreshed, thing: Content, style: str
) -> None:
    (table,) = docx.Document(io.BytesIO(made(refreshed, thing, Format.docx, style))).tables
    cells = [cell for row in table.rows for cell in row.cells[1:] if row.cells[0]._tc != cell._tc]
    for cell in cells:
        is_heading = cell._tc in [each._tc for each in table.rows[0].cells]
        room = Emu(cell.width).pt - CELL_PADDING_PT
        for text in cell.text.split() if is_heading else [cell.text]:
            assert text_width(text, 9, is_heading) <= room, text


@pytest.mark.parametrize(
    ("thing", "form"),
    [
        (thing, form)
        for thing, forms in FORMATS.items()
        for form in forms
        if form != "png" and thing not in (Content.table3, Content.table4)
    ],
)
def test_synthetic_data_is_called_synthetic(
    refreshed: Refreshed, tmp_path: Path, thing: Content, form: Format
) -> None:
    assert SYNTHETIC in words(made(refreshed, thing, form), form)

    # A site without a mapping is a real one.
    asked = ExportRequest(thing, form, "jama")
    real = exported(asked, refreshed.settings.published_path, tmp_path)
    assert "Synthetic" not in words(real, form)

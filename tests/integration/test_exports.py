"""Exports: every format holds the numbers of the release, in the spelling of each journal."""

from __future__ import annotations

import csv
import io
import os
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docx
import duckdb
import openpyxl
import pytest
from docx.shared import Emu
from lxml import html
from pypdf import PdfReader
from refreshed import Refreshed

from warehouse.definitions.styles import load_styles
from warehouse.exports.choices import FORMATS, PICTURES, Format, Thing
from warehouse.exports.export import Asked, exported
from warehouse.exports.numbers import p_value
from warehouse.figures.words import text_width

TABLES = {Thing.table1: "study.table1_baseline", Thing.table2: "study.table2_outcomes"}
FIGURES = (Thing.flow, Thing.mrs, Thing.forest, Thing.forest_risk_ratio)
STYLES = ("jama", "lancet", "nejm")
SYNTHETIC = "Synthetic data: no row describes a real patient."
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
CELL_PADDING_PT = 2 * 5.4  # Word's own, left and right
RAISED = dict(zip("29ab", "²⁹ᵃᵇ", strict=True))


def made(refreshed: Refreshed, thing: Thing, form: Format, style: str = "jama") -> bytes:
    return exported(Asked(thing, form, style), refreshed.settings.published_path)


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
    body = content.decode().split(r"\midrule", 1)[1]
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
        result = connection.execute(f"from {table} order by line")
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("thing", TABLES)
def test_every_cell_is_the_databases_number(refreshed: Refreshed, thing: Thing, style: str) -> None:
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
    refreshed: Refreshed, thing: Thing, style: str, form: Format
) -> None:
    read = READERS[form](made(refreshed, thing, form, style))

    assert read == read_csv(made(refreshed, thing, Format.csv, style))


@pytest.mark.parametrize("thing", TABLES)
def test_pictures_of_tables_show_the_same_cells(refreshed: Refreshed, thing: Thing) -> None:
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
    lines = read_csv(made(refreshed, Thing.table1, Format.csv, style))
    for place, line in zip((0, 1, 20, 21), SPELT[style], strict=True):
        spelt = [re.sub("(^|=| )-", "\\1\N{MINUS SIGN}", cell) for cell in line]
        assert lines[place][: len(line)] == [cell.replace("~", "\N{EN DASH}") for cell in spelt]


OUTCOMES = {
    "jama": [
        "Safety|Symptomatic intracranial hemorrhage, No. (%)|7 (17)|14 (16)|χ² = 0.01|.91|"
        "0.8 (_11.8 to 16.3)|1.05 (0.46-2.40)|1.06 (0.39-2.86)",
        "Outcome at 90 days|mRS 0-2, No. (%)|20 (49)|45 (52)|χ² = 0.14|.71|"
        "_3.5 (_21.3 to 14.5)|0.93 (0.64-1.35)|0.87 (0.41-1.83)",
        "Groups are compared by χ², Pearson's chi-square test.",
        "CI, confidence interval; mRS, modified Rankin Scale.",
    ],
    "lancet": [
        "Safety|Symptomatic intracranial hemorrhage|7 (17%)|14 (16%)|χ²=0·01|0·91|"
        "0·8 (_11·8 to 16·3)|1·05 (0·46~2·40)|1·06 (0·39~2·86)",
        "Outcome at 90 days|mRS 0-2|20 (49%)|45 (52%)|χ²=0·14|0·71|"
        "_3·5 (_21·3 to 14·5)|0·93 (0·64~1·35)|0·87 (0·41~1·83)",
        "Data are n (%).",
        "Groups are compared by χ², Pearson's chi-square test.",
        "CI, confidence interval; mRS, modified Rankin Scale.",
    ],
    "nejm": [
        "Safety|Symptomatic intracranial hemorrhage — no. (%)|7 (17)|14 (16)|χ²=0.01|0.91|"
        "0.8 (_11.8 to 16.3)|1.05 (0.46 to 2.40)|1.06 (0.39 to 2.86)",
        "Outcome at 90 days|mRS 0-2 — no. (%)|20 (49)|45 (52)|χ²=0.14|0.71|"
        "_3.5 (_21.3 to 14.5)|0.93 (0.64 to 1.35)|0.87 (0.41 to 1.83)",
        "Groups are compared by χ², Pearson's chi-square test.",
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
    content = made(refreshed, Thing.table2, Format.csv, style).decode("utf-8-sig")
    headings, *lines = csv.reader(io.StringIO(content))
    rs, non_rs = SIZES[style]
    assert headings[2:4] == [f"Rescue stenting {rs}", f"No rescue stenting {non_rs}"]
    shown = [lines[0], lines[4], *lines[6:-2]]
    assert ["|".join(line).rstrip("|") for line in shown] == [
        line.replace("~", "\N{EN DASH}").replace("_", "\N{MINUS SIGN}") for line in OUTCOMES[style]
    ]


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("thing", TABLES)
def test_every_format_has_headings_sections_and_notes_in_order(
    refreshed: Refreshed, thing: Thing, form: Format
) -> None:
    content = made(refreshed, thing, Format.csv).decode("utf-8-sig")
    headings, *lines = csv.reader(io.StringIO(content))
    sections = list(dict.fromkeys(line[0] for line in lines if line[1]))
    parts = [*headings[1:], *sections, *(line[0] for line in lines if not line[1])]
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
        return "\n".join([*cells, *(each.text for each in document.paragraphs)])
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
    document = docx.Document(io.BytesIO(made(refreshed, Thing.table1, Format.docx, "nejm")))
    notes = [paragraph.text for paragraph in document.paragraphs]
    assert "* Missing for 1 of 41 (rescue stenting)." in notes
    assert (
        "ASPECTS, Alberta Stroke Program Early CT Score; NIHSS, National Institutes of Health "
        "Stroke Scale; SMD, standardised mean difference."
    ) in notes
    assert "† Missing for 1 of 86 (no rescue stenting)." in notes
    lines = read_csv(made(refreshed, Thing.table1, Format.csv, "nejm"))
    assert [label for label, *_ in lines if label.endswith(("*", "†"))] == [
        "Systolic blood pressure — mmHg*",
        "Intravenous thrombolysis — no. (%)†",
    ]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("thing", TABLES)
def test_a_word_file_breaks_no_number_and_no_heading_within_a_word(
    refreshed: Refreshed, thing: Thing, style: str
) -> None:
    (table,) = docx.Document(io.BytesIO(made(refreshed, thing, Format.docx, style))).tables
    cells = [cell for row in table.rows for cell in row.cells[1:] if row.cells[0]._tc != cell._tc]
    for cell in cells:
        is_heading = cell._tc in [each._tc for each in table.rows[0].cells]
        room = Emu(cell.width).pt - CELL_PADDING_PT
        for text in cell.text.split() if is_heading else [cell.text]:
            assert text_width(text, 9, is_heading) <= room, text


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


@pytest.mark.parametrize(
    ("thing", "form"),
    [(thing, form) for thing, forms in FORMATS.items() for form in forms if form != "png"],
)
def test_synthetic_data_is_called_synthetic(
    refreshed: Refreshed, tmp_path: Path, thing: Thing, form: Format
) -> None:
    assert SYNTHETIC in words(made(refreshed, thing, form), form)

    # A site without a mapping is a real one.
    asked = Asked(thing, form, "jama")
    real = exported(asked, refreshed.settings.published_path, tmp_path)
    assert "Synthetic" not in words(real, form)


@pytest.mark.parametrize("thing", [*TABLES, *FIGURES])
def test_pictures_open(refreshed: Refreshed, thing: Thing) -> None:
    svg, png, pdf = (made(refreshed, thing, form) for form in PICTURES)

    box = ElementTree.fromstring(svg).get("viewBox").split()
    size = [float(part) for part in box[2:]]
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == pytest.approx([3.125 * side for side in size], abs=1)
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    shape = float(page.mediabox.width) / float(page.mediabox.height)
    assert shape == pytest.approx(size[0] / size[1], rel=0.01)


def test_figures_show_the_releases_numbers(refreshed: Refreshed) -> None:
    flow = svg_texts(made(refreshed, Thing.flow, Format.svg))
    assert {"n = 335", "n = 135", "n = 127", "n = 41", "n = 86", "152", "39", "9"} <= set(flow)
    mrs = svg_texts(made(refreshed, Thing.mrs, Format.svg))
    counts = refreshed.rows("select n from study.mrs_distribution where n > 4")
    assert [n for (n,) in counts if f"{n:,}" not in mrs] == []
    for thing, name in ((Thing.forest, "odds_ratio"), (Thing.forest_risk_ratio, "risk_ratio")):
        ratios = refreshed.rows(
            f"select format('{{:.2f}} ({{:.2f}}-{{:.2f}})', {name}, {name}_ci_low, "
            f"{name}_ci_high) from study.table2_outcomes"
        )
        drawn = svg_texts(made(refreshed, thing, Format.svg))
        assert [text for (text,) in ratios if text not in drawn] == []


DRAWN = {
    "jama": {
        Thing.flow: ["n = 335", "Excluded (n = 200)", "n = 86"],
        Thing.mrs: ["Rescue stenting (n = 41)", "17%", "22%"],
        Thing.forest: ["No. (%)", "7 (17)", "1.06 (0.39-2.86)", "0.5"],
    },
    "lancet": {
        Thing.flow: ["n=335", "Excluded (n=200)", "n=86"],
        Thing.mrs: ["Rescue stenting (n=41)", "17%", "22%"],
        Thing.forest: ["7 (17%)", "1·06 (0·39~2·86)", "0·5"],
    },
    "nejm": {
        Thing.flow: ["N=335", "Excluded (N=200)", "N=86"],
        Thing.mrs: ["Rescue stenting (N=41)", "17%", "22%"],
        Thing.forest: ["no. (%)", "7 (17)", "1.06 (0.39 to 2.86)", "0.5"],
    },
}


@pytest.mark.parametrize("style", STYLES)
def test_figures_are_spelt_as_the_journal_does(refreshed: Refreshed, style: str) -> None:
    """``~`` stands for an en dash."""
    for thing, expected in DRAWN[style].items():
        drawn = svg_texts(made(refreshed, thing, Format.svg, style))
        shown = [text.replace("\N{EN DASH}", "~") for text in drawn]
        assert [text for text in expected if not any(each.endswith(text) for each in shown)] == []


def methods(path: Path) -> str:
    return exported(Asked(Thing.methods, Format.text, "jama"), path).decode()


def test_the_methods_tell_what_the_release_did(copy_of_refreshed: Refreshed) -> None:
    path = copy_of_refreshed.settings.published_path
    told = methods(path)
    ((release, commit, versions),) = copy_of_refreshed.rows(
        "select refresh_id, git_commit, versions from ops.refreshes "
        "order by refresh_id desc limit 1"
    )
    assert f"Release {release} as of" in told
    assert versions.startswith("dbt-core ")
    assert f"with {versions}." in told
    assert commit is None or f"(commit {commit})" in told
    for sentence in (
        "Analysed: 127. Groups: Rescue stenting: 41; No rescue stenting: 86.",
        "youngest age at onset: 18;",
        "by Student's t test (pooled): Age, Systolic blood pressure;",
        "by Pearson's chi-square test (uncorrected): Male sex, Hypertension,",
        "by rank sum test (Mann-Whitney, corrected for ties): Platelets,",
        "standard deviation (n - 1)",
        "two-sided p-value of the test, not corrected for the number of tests",
        "share under rescue stenting over share without, 95% interval (Katz)",
        "Systolic blood pressure 1 of 41 (rescue stenting); Intravenous thrombolysis 1 of 86",
        "none was imputed.",
        "Data. 11 files delivered from 15 February 2022 to 7 June 2022 with "
        "1,516 rows, of which 1,497 were accepted, 17 rejected by rules, 0 held and 2 unreadable.",
    ):
        assert sentence in told


def test_the_methods_change_with_the_release(copy_of_refreshed: Refreshed) -> None:
    path = copy_of_refreshed.settings.published_path
    changed = path.with_name("changed.duckdb")
    changed.write_bytes(path.read_bytes())
    with duckdb.connect(changed) as connection:
        connection.execute("update study.definition set minimum_age_years = 40")
        connection.execute("update study.table1_baseline set test = 'ranksum' where line = 1")
        connection.execute("comment on column study.table2_outcomes.rs_sd is 'SD (n), rescue.'")
        connection.execute("update study.cohort set systolic_bp_mmhg = 150")
        connection.execute("update ops.refreshes set warehouse_version = '9.8.7'")
        connection.execute(
            "insert into ops.refreshes select * replace ('20200101T000000Z' as refresh_id, "
            "'0.0.1' as warehouse_version) from ops.refreshes"
        )
    told = methods(changed)
    assert "youngest age at onset: 40;" in told
    assert "corrected for ties): Age, Platelets," in told
    assert "SD (n)" in told
    assert "made by thrombectomy-warehouse 9.8.7" in told, "as the last refresh, not the first"
    assert "imputed" not in told, "the cohort has values that the table calls missing"


def run(refreshed: Refreshed, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    warehouse = str(Path(sys.executable).with_name("warehouse"))
    environment = {"WAREHOUSE_DATA": str(refreshed.settings.data)}
    return subprocess.run(
        [warehouse, "export", *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def test_the_command_writes_what_the_files_name_says(refreshed: Refreshed, tmp_path: Path) -> None:
    target = tmp_path / "table2.tex"
    done = run(refreshed, "table2", "--style", "lancet", "--output", str(target))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert target.read_bytes() == made(refreshed, Thing.table2, Format.latex, "lancet")

    piped = run(refreshed, "methods")
    assert piped.stdout == made(refreshed, Thing.methods, Format.text)


def test_the_command_says_what_can_be(refreshed: Refreshed, tmp_path: Path) -> None:
    wrong = run(refreshed, "flow", "--output", str(tmp_path / "flow.docx"))
    assert wrong.returncode == 1
    assert wrong.stderr.decode() == (
        "Not exported. flow is not written as docx. It can be: svg, png, pdf.\n"
    )
    unsaid = run(refreshed, "table1")
    assert unsaid.stderr.decode().startswith("Not exported. Say --format, or --output with a name")
    assert list(tmp_path.iterdir()) == []

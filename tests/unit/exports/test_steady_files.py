"""Exports depend on their content alone: not on the clock, and not on chance."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime

import docx
import pytest
import vl_convert
from pypdf import PdfReader

from warehouse.exports.choices import ExportError
from warehouse.exports.latex import escaped, latex_document
from warehouse.exports.pictures import pdf_file, png_file
from warehouse.exports.steady_pdf import steady_pdf
from warehouse.exports.tables import Heading, StyledLine, StyledTable
from warehouse.exports.word import word_table
from warehouse.figures.picture import Picture, text

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60">'
    '<text x="5" y="20" font-family="sans-serif">Plain</text>'
    '<text x="5" y="50" font-family="sans-serif" font-weight="bold">Bold</text></svg>'
)
HEADING = "Rescue stenting (n = 41)"
TABLE = StyledTable(
    "Table 1. Baseline",
    (Heading("Characteristic"), Heading("Rescue stenting", "(n = 41)")),
    (("Demographics", (StyledLine("age_years", "Age", "ᵃ", 1, ("62 (14)",)),)),),
    ("ᵃ Missing for 1 of 41.",),
)


def test_a_pdf_has_the_same_bytes_whenever_it_is_drawn() -> None:
    drawn = [vl_convert.svg_to_pdf(SVG) for _ in range(16)]
    (one,) = {steady_pdf(each) for each in drawn}
    (page,) = PdfReader(io.BytesIO(one)).pages
    assert page.extract_text().split() == ["Plain", "Bold"]
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n", one)]
    assert [one[place:].split(b" ", 1)[0] for place in places] == [
        b"%d" % number for number in range(1, len(places) + 1)
    ]


def test_a_word_file_has_one_day_in_all_its_parts() -> None:
    content = word_table(TABLE, datetime(2026, 2, 15))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert {each.date_time for each in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_table_in_word_has_a_caption_and_a_text_for_readers() -> None:
    document = docx.Document(io.BytesIO(word_table(TABLE, datetime(2026, 2, 15))))
    assert [(each.style.name, each.text) for each in document.paragraphs[:1]] == [
        ("Caption", "Table 1. Baseline")
    ]
    properties = document.tables[0]._tbl.tblPr
    texts = {each.tag.rpartition("}")[2]: [*each.values()] for each in properties}
    assert texts["tblCaption"] == ["Table 1. Baseline"]
    (described,) = texts["tblDescription"]
    assert HEADING in described


@pytest.mark.parametrize(
    ("sign", "written"),
    [
        ("χ²", r"\ensuremath{\chi}\textsuperscript{2}"),
        ("x₂", r"x\textsubscript{2}"),
        ("≤3", r"\ensuremath{\leq}3"),
        ("Δ", r"\ensuremath{\Delta}"),
        ("\N{GREEK CAPITAL LETTER ALPHA}", "A"),
        ("10⁻³", r"10\textsuperscript{\ensuremath{-}}\textsuperscript{3}"),
        ("a_b & 5%", r"a\_b \& 5\%"),
        ("é", "é"),
    ],
)
def test_signs_of_labels_are_written_for_pdflatex(sign: str, written: str) -> None:
    assert escaped(sign) == written


@pytest.mark.parametrize("text", ["支架", "Ā", "\N{GRINNING FACE}"])
def test_a_sign_that_latex_lacks_is_named_with_its_label(text: str) -> None:
    with pytest.raises(ExportError, match=f"{text[0]}.*{text}"):
        escaped(text)


def test_a_long_table_repeats_its_head_and_wraps_its_labels() -> None:
    written = latex_document(TABLE)
    head, _, body = written.partition(r"\endlastfoot")
    stacked = HEADING.replace(" (", r"\\(")
    assert head.count(rf"\shortstack{{{stacked}}} \\") == 2
    assert r"p{0.28\linewidth}c@{}}" in head
    section, row = body.splitlines()[1:3]
    assert section == r"\multicolumn{2}{@{}l@{}}{\textbf{Demographics}} \\*"
    assert row.split(" & ") == [r"\quad{}Age\textsuperscript{a}", r"62 (14) \\"]


@pytest.mark.parametrize("form", [png_file, pdf_file])
def test_a_sign_without_a_font_is_named_with_its_text(form: Callable[[Picture], bytes]) -> None:
    drawn = [text(0, 20, words, "") for words in ("χ² ≤ 3", "no \N{EM SPACE} font: \u0378")]
    whole = [Picture("p", "Title", "", 90, 30, words) for words in drawn]
    assert form(whole[0])
    with pytest.raises(ExportError, match=r"U\+0378.*font: "):
        form(whole[1])

"""Exported figures: they open, and show the numbers of the release as each journal spells them."""

from __future__ import annotations

import io
import struct
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from tests.support.exported import FIGURES, STYLES, TABLES, made, svg_texts
from tests.support.refreshed import Refreshed
from warehouse.exports.choices import PICTURES, Content, Format


@pytest.mark.parametrize("thing", [*TABLES, *FIGURES])
def test_pictures_open(refreshed: Refreshed, thing: Content) -> None:
    svg, png, pdf = (made(refreshed, thing, form) for form in PICTURES)

    box = ElementTree.fromstring(svg).get("viewBox").split()
    size = [float(part) for part in box[2:]]
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == pytest.approx([3.125 * side for side in size], abs=1)
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    shape = float(page.mediabox.width) / float(page.mediabox.height)
    assert shape == pytest.approx(size[0] / size[1], rel=0.01)


def test_figures_show_the_releases_numbers(refreshed: Refreshed) -> None:
    flow = svg_texts(made(refreshed, Content.flow, Format.svg))
    assert {"n = 335", "n = 135", "n = 127", "n = 41", "n = 86", "152", "39", "9"} <= set(flow)
    mrs = svg_texts(made(refreshed, Content.mrs, Format.svg))
    counts = refreshed.rows("select n from study.mrs_distribution where n > 4")
    assert [n for (n,) in counts if f"{n:,}" not in mrs] == []
    for thing, name in ((Content.forest, "odds_ratio"), (Content.forest_risk_ratio, "risk_ratio")):
        ratios = refreshed.rows(
            f"select format('{{:.2f}} ({{:.2f}}-{{:.2f}})', {name}, {name}_ci_low, "
            f"{name}_ci_high) from study.table2_outcomes"
        )
        drawn = svg_texts(made(refreshed, thing, Format.svg))
        assert [text for (text,) in ratios if text not in drawn] == []


DRAWN = {
    "jama": {
        Content.flow: ["n = 335", "Excluded (n = 200)", "n = 86"],
        Content.mrs: ["Rescue stenting (n = 41)", "17%", "22%"],
        Content.forest: ["No. (%)", "7 (17)", "1.06 (0.40-2.80)", "0.5"],
    },
    "lancet": {
        Content.flow: ["n=335", "Excluded (n=200)", "n=86"],
        Content.mrs: ["Rescue stenting (n=41)", "17%", "22%"],
        Content.forest: ["7 (17%)", "1·06 (0·40~2·80)", "0·5"],
    },
    "nejm": {
        Content.flow: ["N=335", "Excluded (N=200)", "N=86"],
        Content.mrs: ["Rescue stenting (N=41)", "17%", "22%"],
        Content.forest: ["no. (%)", "7 (17)", "1.06 (0.40 to 2.80)", "0.5"],
    },
}


@pytest.mark.parametrize("style", STYLES)
def test_figures_are_spelt_as_the_journal_does(refreshed: Refreshed, style: str) -> None:
    """``~`` stands for an en dash."""
    for thing, expected in DRAWN[style].items():
        drawn = svg_texts(made(refreshed, thing, Format.svg, style))
        shown = [text.replace("\N{EN DASH}", "~") for text in drawn]
        assert [text for text in expected if not any(each.endswith(text) for each in shown)] == []

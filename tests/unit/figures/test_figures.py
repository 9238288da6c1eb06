"""Figures say what their rows say, whatever the rows are, and every text stands inside."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.support.golden import golden
from warehouse.control_limits import p_chart
from warehouse.figures import FIGURES_DIR
from warehouse.figures.control_chart import Series, control_chart
from warehouse.figures.flow_diagram import flow_diagram
from warehouse.figures.forest_plot import estimate, forest_plot
from warehouse.figures.histogram import histogram
from warehouse.figures.mrs_bars import mrs_bars
from warehouse.figures.picture import NARROW, WIDE, Picture, light_style
from warehouse.figures.text_width import text_width, wrapped

GOLDEN = golden("figures")

Row = dict[str, Any]
SVG = "{http://www.w3.org/2000/svg}"
STEPS: list[Row] = [
    {"label": "Treated", "n_excluded": 0, "n_remaining": 10, "is_exclusion": False},
    {"label": "Cardioembolic <stroke>", "n_excluded": 3, "n_remaining": 7, "is_exclusion": True},
    {"label": "Lost to follow-up", "n_excluded": 0, "n_remaining": 7, "is_exclusion": True},
    {"label": "Analyzed", "n_excluded": 0, "n_remaining": 7, "is_exclusion": False},
]
GROUPS: list[Row] = [{"label": "Rescue stenting", "n": 4}, {"label": "No rescue stenting", "n": 3}]
SIDES = {"rs": "Rescue stenting", "non_rs": "No rescue stenting"}


def outcome(**facts: Any) -> Row:
    """A line of Table 2 with an interval, changed by ``facts``."""
    return {
        "label": "Death within 90 days",
        "indent": 0,
        "rs_display": "6 (14.6%)",
        "non_rs_display": "11 (12.8%)",
        "risk_ratio": 1.144,
        "risk_ratio_ci_low": 0.455,
        "risk_ratio_ci_high": 2.878,
    } | facts


def grades(label: str, counts: tuple[int, ...]) -> list[Row]:
    """A group's distribution of the mRS."""
    total = sum(counts)
    return [
        {
            "group_label": label,
            "mrs": mrs,
            "label": f"{mrs} Grade",
            "n": n,
            "pct": 100 * n / total if total else 0,
            "is_good_outcome": mrs <= 2,
        }
        for mrs, n in enumerate(counts)
    ]


def parsed(picture: Picture) -> ElementTree.Element:
    """The figure as a file of its own, read back."""
    return ElementTree.fromstring(picture.standalone())


def texts(picture: Picture) -> list[str]:
    """All texts of a figure in order."""
    return [element.text or "" for element in parsed(picture).iter(f"{SVG}text")]


def figures(width: float) -> list[Picture]:
    """One of each kind."""
    months = [date(2021, month, 1) for month in range(1, 13)]
    chart = p_chart([1] * 12, [8] * 12)
    series = Series("sich", "sICH", months, chart, [f"{month:%b}" for month in months], True)
    return [
        flow_diagram(STEPS, GROUPS, width),
        mrs_bars([*grades("A", (1, 2, 3, 0, 1, 1, 2)), *grades("B", (0,) * 7)], width),
        forest_plot(
            [outcome(), outcome(label="A very long name " * 4)], "risk_ratio", SIDES, width
        ),
        control_chart(series, width),
        histogram("age", "Age", [{"label": "20-29", "n": 3}, {"label": "30-39", "n": 0}], width),
    ]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_is_drawn_outside_the_figure(width: float) -> None:
    for picture in figures(width):
        for element in parsed(picture).iter(f"{SVG}text"):
            size = 12 if "small" in element.get("class", "") else 14
            wide = text_width(element.text or "", size, "strong" in element.get("class", ""))
            share = {"end": 1, "middle": 0.5}
            kind = next((k for k in share if k in element.get("class", "").split()), "")
            left = float(element.get("x", 0)) - wide * share.get(kind, 0)
            assert left >= -1, (picture.name, element.text)
            assert left + wide <= width + 1, (picture.name, element.text)
            assert float(element.get("y", 0)) <= picture.height, (picture.name, element.text)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_figure_has_a_title_and_says_itself_in_words(width: float) -> None:
    for picture in figures(width):
        root = parsed(picture)
        assert root.get("role") == "img"
        ids = {element.get("id"): element.text for element in root.iter() if element.get("id")}
        assert ids[root.get("aria-labelledby")] == picture.title
        assert ids[root.get("aria-describedby")] == picture.description


def test_a_figure_by_itself_has_its_colours_written_out() -> None:
    assert "var(" not in light_style()
    assert re.search(GOLDEN("figure_text_fill"), light_style())


def test_the_flow_says_every_number_once() -> None:
    picture = flow_diagram(STEPS, GROUPS, WIDE)
    assert texts(picture) == [
        "Treated",
        "n = 10",
        "Excluded (n = 3)",
        "3",
        "Cardioembolic <stroke>",
        "0",
        "Lost to follow-up",
        "Analyzed",
        "n = 7",
        "Rescue stenting",
        "n = 4",
        "No rescue stenting",
        "n = 3",
    ]
    assert picture.description == (GOLDEN("treated_cardioembolic_stroke_excluded_remain_lost"))


@pytest.mark.parametrize("groups", [0, 1, 3, 4])
def test_the_flow_divides_into_any_number_of_groups(groups: int) -> None:
    """Side by side, each as wide as the others, within the picture."""
    named = [{"label": f"G{number}", "n": number} for number in range(groups)]
    picture = flow_diagram(STEPS, named, WIDE)
    assert texts(picture)[9:] == [
        word for group in named for word in (group["label"], f"n = {group['n']}")
    ]
    boxes = [
        (float(left), float(width))
        for left, width in re.findall(
            r'<rect x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"[^>]*box group', picture.body
        )
    ]
    assert len(boxes) == groups
    assert len({width for _, width in boxes}) <= 1
    ends = [left + width for left, width in boxes]
    assert all(end <= left for end, (left, _) in zip(ends, boxes[1:], strict=False))
    assert max(ends, default=0) <= WIDE


def test_the_bars_are_as_wide_as_their_shares() -> None:
    picture = mrs_bars(grades("A", (1, 2, 3, 0, 1, 1, 2)), 1000)
    pieces = [
        element
        for element in parsed(picture).iter(f"{SVG}rect")
        if "piece" in element.get("class", "")
    ]
    assert [float(piece.get("width", 0)) for piece in pieces] == [100, 200, 300, 0, 100, 100, 200]
    assert [float(piece.get("x", 0)) for piece in pieces] == [0, 100, 300, 600, 600, 700, 800]


def test_a_full_line_joins_the_bars_where_the_good_outcome_ends() -> None:
    rows = [*grades("A", (1, 2, 3, 0, 1, 1, 2)), *grades("B", (2, 2, 1, 1, 1, 1, 2))]
    joins = [
        (element.get("class"), float(element.get("x1", 0)), float(element.get("x2", 0)))
        for element in parsed(mrs_bars(rows, 1000)).iter(f"{SVG}line")
        if "join" in element.get("class", "")
    ]
    ends = zip((100, 300, 600, 600, 700, 800), (200, 400, 500, 600, 700, 800), strict=True)
    assert joins == [
        ("join key" if mrs == 2 else "join", above, below)
        for mrs, (above, below) in enumerate(ends)
    ]


def test_a_ratio_stands_where_the_axis_says() -> None:
    """1 is in the middle of an axis from 0.2 to 5, and so is a ratio of 1."""
    row = outcome(risk_ratio=1.0, risk_ratio_ci_low=0.5, risk_ratio_ci_high=2.0)
    root = parsed(forest_plot([row], "risk_ratio", SIDES, WIDE))
    by_class = {element.get("class"): element for element in root.iter()}
    mark, null = (by_class[name] for name in ("estimate", "null"))
    middle = float(mark.get("x", 0)) + float(mark.get("width", 0)) / 2
    assert middle == pytest.approx(float(null.get("x1", 0)), abs=0.1)
    interval = next(each for each in root.iter() if each.get("class") == "interval")
    low, high = float(interval.get("x1", 0)), float(interval.get("x2", 0))
    assert low < middle < high
    assert middle - low == pytest.approx(high - middle, abs=0.2)
    assert "with Rescue stenting" in texts(forest_plot([row], "risk_ratio", SIDES, WIDE))


@pytest.mark.parametrize(
    ("facts", "stated"),
    [
        ({}, "1.14 (0.46 to 2.88)"),
        ({"risk_ratio_ci_low": None, "risk_ratio_ci_high": None}, "1.14 (no interval)"),
        ({"risk_ratio": None}, "not estimable"),
    ],
)
def test_a_ratio_in_words(facts: Row, stated: str) -> None:
    row = outcome(**facts)
    assert estimate(row, "risk_ratio") == stated
    assert stated in forest_plot([row], "risk_ratio", SIDES, WIDE).description


def test_a_month_outside_the_limits_is_a_ring_and_is_reported() -> None:
    chart = p_chart([2] * 9 + [8], [10] * 10)
    months = [date(2021, month, 1) for month in range(1, 11)]
    labels = [f"{month:%B}" for month in months]
    picture = control_chart(Series("sich", "sICH", months, chart, labels, True), WIDE)
    rings = [each for each in parsed(picture).iter(f"{SVG}circle") if each.get("class") == "signal"]
    assert [ring.get("data-month") for ring in rings] == ["2021-10"]
    assert picture.description == GOLDEN("center_line_outside_the_limits_october")


def test_text_is_broken_between_words_and_a_long_word_within() -> None:
    assert wrapped(GOLDEN("stenosis_below_and_insufficient_distal_flow"), 160) == [
        "Stenosis below 70%",
        "and insufficient distal",
        "flow",
    ]
    assert "".join(wrapped("x" * 100, 100)) == "x" * 100
    assert wrapped("", 100) == [""]


def test_the_grades_of_the_mrs_darken_one_by_one() -> None:
    """In gray, each grade is darker than the one before; its text has a contrast of 4.5 or more."""
    style = (FIGURES_DIR / "figures.css").read_text("utf-8")
    fills = [re.search(rf"\.mrs{grade} {{ fill: (#\w+)", style)[1] for grade in range(7)]
    inks = {
        grade: ink
        for grades, ink in re.findall(r"^((?:.*text\.on\d)+) { fill: (#\w+); }$", style, re.M)
        for grade in map(int, re.findall(r"\.on(\d)", grades))
    }
    light = [luminance(fill) for fill in fills]
    assert light == sorted(light, reverse=True)
    assert all(a - b > 0.02 for a, b in pairwise(light))
    contrasts = [
        (max(pair) + 0.05) / (min(pair) + 0.05)
        for pair in ((light[grade], luminance(inks[grade])) for grade in range(7))
    ]
    assert min(contrasts) >= 4.5


def luminance(color: str) -> float:
    """Relative luminance of a color, as WCAG 2 has it."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_each_piece_of_a_bar_has_its_grade() -> None:
    texts = [
        "".join(each.itertext())
        for each in parsed(mrs_bars(grades("A", (10, 20, 30, 10, 10, 10, 10)), 1000)).iter(
            f"{SVG}text"
        )
    ]
    assert [text for text in texts if text in set("0123456")] == list("0123456")

"""Distribution of the mRS as stacked bars, one per group ("Grotta bars").

Form: Saver 2011, doi:10.1161/STROKEAHA.111.619122. The palette runs from pale blue to dark brown,
each grade darker than the one before, and each piece has its grade: so it is read in gray, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from warehouse.figures.number_format import PLAIN, NumberFormat
from warehouse.figures.picture import Picture, line, number, rectangle, text
from warehouse.figures.text_width import text_width

Row = dict[str, Any]
BAR, BAR_GAP, LABEL, LEGEND_STEP, SWATCH, AXIS = 58, 40, 22, 22, 13, 34
FULL = 100
TICKS = (0, 20, 40, 60, 80, 100)


def mrs_bars(rows: Sequence[Row], width: float, number_format: NumberFormat = PLAIN) -> Picture:
    """Draw ``study.mrs_distribution``.

    ``rows``: group_label, mrs, label, n, pct, is_good_outcome; sorted by group and mRS.
    """
    drawn: list[str] = []
    groups = [(name, list(members)) for name, members in groupby(rows, lambda r: r["group_label"])]
    y = _legend(drawn, groups[0][1] if groups else [], width) + 6
    before: list[float] = []
    for name, members in groups:
        total = sum(row["n"] for row in members)
        drawn.append(text(0, y + LABEL - 8, f"{name} ({number_format.size(total)})", "strong"))
        edges = _bar(drawn, members, y + LABEL, width, number_format)
        drawn += _joins(members, before, edges, y)
        before, y = edges, y + LABEL + BAR + BAR_GAP - LABEL
    bottom = y - BAR_GAP + LABEL + 4
    drawn += _axis(bottom, width)
    return Picture(
        "mrs",
        "mRS at 90 days by group",
        description(rows, number_format),
        width,
        bottom + AXIS,
        "".join(drawn),
    )


def description(rows: Sequence[Row], number_format: NumberFormat = PLAIN) -> str:
    """Return the distribution as a text."""
    parts = [
        f"{name}: "
        + ", ".join(
            f"mRS {row['mrs']} {row['n']:,} ({number_format.percent(row['pct'])})"
            for row in members
        )
        for name, members in groupby(rows, lambda row: row["group_label"])
    ]
    return "; ".join(parts) + "."


def _legend(drawn: list[str], rows: Sequence[Row], width: float) -> float:
    """Draw color and meaning of each grade; return the lower end of the legend."""
    x, y = 0.0, 0.0
    for row in rows:
        item_width = SWATCH + 6 + text_width(row["label"], 12) + 14
        if x and x + item_width > width:
            x, y = 0.0, y + LEGEND_STEP
        drawn.append(rectangle(x, y + 2, SWATCH, SWATCH, f"mrs{row['mrs']}"))
        drawn.append(text(x + SWATCH + 6, y + SWATCH, row["label"], "small"))
        x += item_width
    return y + LEGEND_STEP


def _bar(
    drawn: list[str], rows: Sequence[Row], y: float, width: float, number_format: NumberFormat
) -> list[float]:
    """Draw the bar of a group; return the right edge of each grade."""
    edges, left = [], 0.0
    for row in rows:
        share, percent = width * row["pct"] / FULL, number_format.percent(row["pct"])
        drawn.append(
            f'<rect x="{number(left)}" y="{number(y)}" width="{number(share)}" height="{BAR}" '
            f'class="piece mrs{row["mrs"]}"><title>{row["label"]}: {row["n"]:,} '
            f"({percent})</title></rect>"
        )
        middle, ink = left + share / 2, f"middle on{row['mrs']}"
        if share > text_width(str(row["mrs"]), 12) + 2:
            drawn.append(text(middle, y + 16, str(row["mrs"]), f"small {ink}"))
        if share > text_width(f"{row['n']:,}", bold=True) + 4:
            drawn.append(text(middle, y + 34, f"{row['n']:,}", f"strong {ink}"))
        if share > text_width(percent, 12) + 2:
            drawn.append(text(middle, y + 50, percent, f"small {ink}"))
        left += share
        edges.append(left)
    return edges


def _joins(
    rows: Sequence[Row], before: Sequence[float], edges: Sequence[float], y: float
) -> list[str]:
    """Return the lines between the grades of two bars; solid at the end of the good outcome."""
    drawn = []
    for row, after, x1, x2 in zip(rows, rows[1:], before, edges, strict=False):
        is_key = row["is_good_outcome"] and not after["is_good_outcome"]
        kind = "join key" if is_key else "join"
        drawn.append(line(x1, y - BAR_GAP + LABEL, x2, y + LABEL, kind))
    return drawn


def _axis(y: float, width: float) -> list[str]:
    drawn = [line(0, y, width, y, "axis")]
    for tick in TICKS:
        x = width * tick / FULL
        anchor = "" if tick == 0 else "end" if tick == FULL else "middle"
        drawn.append(line(x, y, x, y + 5, "axis"))
        drawn.append(text(x, y + 20, f"{tick}%", f"small soft {anchor}".strip()))
    return drawn

"""Histogram of the values of a variable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from warehouse.figures.picture import Picture, number, text

Row = dict[str, Any]
HEIGHT, BASE, GAP = 76, 18, 1


def histogram(name: str, title: str, bins: Sequence[Row], width: float) -> Picture:
    """Draw ``bins`` (label, n); the first and the last are labeled."""
    most = max((row["n"] for row in bins), default=1) or 1
    step = width / max(len(bins), 1)
    drawn = []
    for place, row in enumerate(bins):
        height = (HEIGHT - BASE) * row["n"] / most
        drawn.append(
            f'<rect x="{number(place * step)}" y="{number(HEIGHT - BASE - height)}" '
            f'width="{number(max(step - GAP, 1))}" height="{number(height)}" class="pillar">'
            f"<title>{row['label']}: {row['n']:,}</title></rect>"
        )
    if bins:
        drawn.append(text(0, HEIGHT - 4, bins[0]["label"], "small soft"))
        if len(bins) > 1:
            drawn.append(text(width, HEIGHT - 4, bins[-1]["label"], "small soft end"))
    words = "; ".join(f"{row['label']}: {row['n']:,}" for row in bins) or "no value"
    return Picture(name, title, words, width, HEIGHT, "".join(drawn))

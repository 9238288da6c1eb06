"""SVG figure, inside a page with the page's colors or as a file for print."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup, escape

from warehouse.figures import FIGURES_DIR

WIDE, NARROW = 940, 340


@dataclass(frozen=True)
class Picture:
    """Figure: name, title, description as text, size in pixels, and SVG elements."""

    name: str
    title: str
    description: str
    width: float
    height: float
    body: str

    def inline(self, variant: str) -> Markup:
        """Return the figure for a page with the style; ``variant`` (wide, narrow) names it."""
        return Markup(self._svg(f'class="figure {variant}"', f"{self.name}-{variant}", ""))

    def standalone(self) -> str:
        """Return the figure as an SVG file in light colors on white."""
        style = f"<style>{light_style()}</style>"
        paper = f'<rect width="{number(self.width)}" height="{number(self.height)}" fill="#fff"/>'
        space = 'xmlns="http://www.w3.org/2000/svg" class="figure"'
        return self._svg(space, self.name, style + paper)

    def _svg(self, attributes: str, name: str, before: str) -> str:
        size = f"{number(self.width)} {number(self.height)}"
        return (
            f'<svg {attributes} viewBox="0 0 {size}" '
            f'style="max-width:{number(self.width)}px" role="img" '
            f'aria-labelledby="{name}-title" aria-describedby="{name}-description">'
            f'<title id="{name}-title">{escape(self.title)}</title>'
            f'<desc id="{name}-description">{escape(self.description)}</desc>'
            f"{before}{self.body}</svg>"
        )


@cache
def light_style() -> str:
    """Return the style of the figures with the colors of the light palette."""
    palette = (FIGURES_DIR / "palette.css").read_text(encoding="utf-8").split("@media")[0]
    colors = dict(re.findall(r"(--[a-z-]+): (#[0-9a-f]{3,6})", palette))
    style = (FIGURES_DIR / "figures.css").read_text(encoding="utf-8")
    return re.sub(r"var\((--[a-z-]+)\)", lambda match: colors[match[1]], style)


def number(value: float) -> str:
    """Return a coordinate rounded to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def text(x: float, y: float, words: str, classes: str = "") -> str:
    """Return one line of text; ``y`` is its baseline."""
    kind = f' class="{classes}"' if classes else ""
    return f'<text x="{number(x)}" y="{number(y)}"{kind}>{escape(words)}</text>'


def lines(x: float, y: float, words: Iterable[str], step: float, classes: str = "") -> str:
    """Return lines of text below each other."""
    return "".join(text(x, y + step * row, line, classes) for row, line in enumerate(words))


def line(x1: float, y1: float, x2: float, y2: float, classes: str) -> str:
    """Return a straight line."""
    ends = f'x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"'
    return f'<line {ends} class="{classes}"/>'


def rectangle(x: float, y: float, width: float, height: float, classes: str) -> str:
    """Return a box."""
    place = f'x="{number(x)}" y="{number(y)}"'
    return (
        f'<rect {place} width="{number(width)}" height="{number(height)}" rx="3" '
        f'class="{classes}"/>'
    )


def polygon(points: Iterable[tuple[float, float]], classes: str) -> str:
    """Return a closed shape."""
    return f'<polygon points="{_points(points)}" class="{classes}"/>'


def polyline(points: Iterable[tuple[float, float]], classes: str) -> str:
    """Return a line through points."""
    return f'<polyline points="{_points(points)}" class="{classes}"/>'


def _points(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in points)

"""Forest plot of ratios with 95% confidence intervals on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import Any

from warehouse.figures.number_format import PLAIN, NumberFormat
from warehouse.figures.picture import (
    NARROW,
    Picture,
    line,
    lines,
    polygon,
    rectangle,
    text,
)
from warehouse.figures.text_width import wrapped

Row = dict[str, Any]
ROW, HEAD, MARK, ARROW, AXIS, INDENT = 34, 48, 9, 7, 74, 14
FROM, TO = 0.2, 5.0
STEPS = (1, 2, 5)
NOT_ESTIMABLE = "not estimable"
NAMES = {"risk_ratio": "Risk ratio", "odds_ratio": "Odds ratio"}


def forest_plot(
    rows: Sequence[Row],
    ratio: str,
    groups: Mapping[str, str],
    width: float,
    number_format: NumberFormat = PLAIN,
) -> Picture:
    """Draw the ``risk_ratio`` or ``odds_ratio`` of each line of ``study.table2_outcomes``.

    ``rows``: label, ``<prefix>_display`` of both groups, the ratio and its ``_ci_low`` and
    ``_ci_high``; ``groups``: labels of the two groups by prefix, the compared one first.
    """
    if width <= NARROW:
        scale = _Scale(rows, ratio, 10, width - 10)
        plot: _Plot = _NarrowPlot(scale, ratio, groups, width, number_format)
    else:
        edges = (_WidePlot.PLOT, width - _WidePlot.NUMBERS)
        plot = _WidePlot(_Scale(rows, ratio, *edges), ratio, groups, width, number_format)
    plot.head()
    top = plot.y
    for row in rows:
        plot.row(row)
    axis = _axis(plot, top, next(iter(groups.values())))
    title = f"{NAMES[ratio]}s of the outcomes with 95% confidence intervals"
    body = "".join([*axis, *plot.drawn])
    return Picture(
        ratio.replace("_", "-"),
        title,
        description(rows, ratio, number_format),
        width,
        plot.y + AXIS,
        body,
    )


def description(rows: Sequence[Row], ratio: str, number_format: NumberFormat = PLAIN) -> str:
    """Return the ratios as a text."""
    return "; ".join(f"{row['label']}: {estimate(row, ratio, number_format)}" for row in rows) + "."


def estimate(row: Row, ratio: str, number_format: NumberFormat = PLAIN) -> str:
    """Return a ratio with its interval, or the text that it is not estimable."""
    value, low, high = _interval(row, ratio)
    if value is None:
        return NOT_ESTIMABLE
    if low is None or high is None:
        return f"{number_format.ratio(value)} (no interval)"
    return f"{number_format.ratio(value)} ({number_format.interval(low, high)})"


class _Scale:
    """Logarithmic axis from ``left`` to ``right``; intervals beyond it are cut."""

    def __init__(self, rows: Sequence[Row], ratio: str, left: float, right: float) -> None:
        shown = [row[f"{ratio}_ci_{end}"] for row in rows for end in ("low", "high")]
        known = [value for value in shown if value]
        self.low = max(min([*known, FROM]), 0.05)
        self.high = min(max([*known, TO]), 20)
        self.left, self.right = left, right

    def x(self, value: float) -> float:
        """Return the x coordinate of a ratio; an end of the axis if it is beyond."""
        inside = min(max(value, self.low), self.high)
        share = (log10(inside) - log10(self.low)) / (log10(self.high) - log10(self.low))
        return self.left + share * (self.right - self.left)

    def ticks(self) -> list[float]:
        """Return 1, 2 and 5 times the powers of ten within the axis."""
        powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        values = [step * 10.0**power for power in powers for step in STEPS]
        return [value for value in values if self.low <= value <= self.high]


class _Plot:
    """Plot: the elements so far, and their lower end ``y``."""

    def __init__(
        self,
        scale: _Scale,
        ratio: str,
        groups: Mapping[str, str],
        width: float,
        number_format: NumberFormat,
    ) -> None:
        self.scale, self.ratio, self.groups = scale, ratio, groups
        self.width, self.number_format = width, number_format
        self.drawn: list[str] = []
        self.y = 4.0

    def head(self) -> None:
        """Draw the headings of the columns, if the layout has any."""

    def displays(self, row: Row) -> list[str]:
        """Return the cells of both groups."""
        return [row[f"{prefix}_display"] for prefix in self.groups]

    def row(self, row: Row) -> None:
        """Draw an outcome."""
        raise NotImplementedError

    def mark(self, row: Row, y: float) -> None:
        """Draw an interval with its estimate."""
        value, low, high = _interval(row, self.ratio)
        scale = self.scale
        if low is not None and high is not None:
            left, right = scale.x(low), scale.x(high)
            self.drawn.append(line(left, y, right, y, "interval"))
            self.drawn += _end(left, y, -1, low < scale.low)
            self.drawn += _end(right, y, 1, high > scale.high)
        if value:
            corner = scale.x(value) - MARK / 2
            self.drawn.append(rectangle(corner, y - MARK / 2, MARK, MARK, "estimate"))


class _WidePlot(_Plot):
    """Plot with label, groups, interval and numbers beside each other."""

    LABEL, PLOT, NUMBERS = 270, 496, 176
    SHARES = (366, 472)  # of the compared group, and of the other one

    def head(self) -> None:
        note = [self.number_format.group_note] if self.number_format.group_note else []
        names = [[*wrapped(group, 96, 12), *note] for group in self.groups.values()]
        head = HEAD + 15 * max(0, max(map(len, names)) - 2)
        for x, words in zip(self.SHARES, names, strict=True):
            place = head - 10 - 15 * (len(words) - 1)
            self.drawn.append(lines(x, place, words, 15, "small soft end"))
        name = f"{NAMES[self.ratio]} (95% CI)"
        self.drawn.append(text(self.width, head - 10, name, "small soft end"))
        self.drawn.append(line(0, head, self.width, head, "grid"))
        self.y = head + 4

    def row(self, row: Row) -> None:
        indent = INDENT * (row["indent"] or 0)
        label = wrapped(row["label"], self.LABEL - indent)
        height = max(ROW, 18 * len(label) + 14)
        middle = self.y + height / 2
        numbers = estimate(row, self.ratio, self.number_format)
        self.drawn += [
            lines(indent, middle + 5 - 9 * (len(label) - 1), label, 18),
            *(
                text(x, middle + 5, share, "end")
                for x, share in zip(self.SHARES, self.displays(row), strict=True)
            ),
            text(self.width, middle + 5, numbers, "end"),
        ]
        self.mark(row, middle)
        self.y += height


class _NarrowPlot(_Plot):
    """Plot with label, groups, numbers and interval below each other."""

    def row(self, row: Row) -> None:
        label = wrapped(row["label"], self.width, bold=True)
        shares = " against ".join(self.displays(row))
        end = self.y + 18 * len(label)
        self.drawn += [
            lines(0, self.y + 14, label, 18, "strong above"),
            text(0, end + 13, shares, "small soft above"),
            text(
                self.width,
                end + 13,
                estimate(row, self.ratio, self.number_format),
                "small end above",
            ),
        ]
        self.mark(row, end + 30)
        self.y = end + 48


def _end(x: float, y: float, direction: int, is_cut: bool) -> list[str]:
    """Return the end of an interval: a stroke, or an arrow if the axis cuts it."""
    if not is_cut:
        return [line(x, y - 5, x, y + 5, "interval")]
    back = x - direction * ARROW
    return [polygon([(x, y), (back, y - 5), (back, y + 5)], "estimate")]


def _axis(plot: _Plot, top: float, compared: str) -> list[str]:
    scale, y = plot.scale, plot.y
    drawn = [
        line(scale.x(1), top, scale.x(1), y + 4, "null"),
        line(scale.left, y + 4, scale.right, y + 4, "axis"),
    ]
    for tick in scale.ticks():
        x = scale.x(tick)
        drawn.append(line(x, y + 4, x, y + 9, "axis"))
        drawn.append(text(x, y + 23, plot.number_format.tick(tick), "small soft middle"))
    drawn.append(text(scale.x(1) - 10, y + 44, "\N{LEFTWARDS ARROW} less often", "small soft end"))
    drawn.append(text(scale.x(1) + 10, y + 44, "more often \N{RIGHTWARDS ARROW}", "small soft"))
    drawn.append(text(scale.x(1), y + 60, f"with {compared}", "small soft middle"))
    return drawn


def _interval(row: Row, ratio: str) -> tuple[float | None, float | None, float | None]:
    return row[ratio], row[f"{ratio}_ci_low"], row[f"{ratio}_ci_high"]

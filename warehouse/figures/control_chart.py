"""Control chart of an indicator by month, with its center line and limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import escape

from warehouse.control_limits import Chart
from warehouse.figures.picture import Picture, line, number, polyline, text

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 170, 46, 6, 10, 26
TICK_WIDTH = 76
SCALES = (1, 2, 2.5, 5, 10)
FULL, QUARTER = 100, 25


@dataclass(frozen=True)
class Series:
    """Indicator by month; ``labels`` describe the values as texts, for tooltips."""

    name: str
    title: str
    months: Sequence[date]
    chart: Chart
    labels: Sequence[str]
    is_percentage: bool


def control_chart(series: Series, width: float) -> Picture:
    """Draw an indicator with its center line and limits."""
    plane = _Plane(series, width)
    chart = series.chart
    drawn = [*_grid(plane), *_limits(plane, chart)]
    drawn += [polyline(part, "trace") for part in _parts(plane, chart)]
    drawn += _dots(plane, series)
    words = description(chart, series.labels)
    return Picture(series.name, series.title, words, width, HEIGHT, "".join(drawn))


def description(chart: Chart, labels: Sequence[str]) -> str:
    """Return the center line, the months outside the limits and the runs as a text."""
    if chart.center is None:
        return "No month has a value."
    out = [label for label, is_out in zip(labels, chart.outside, strict=True) if is_out]
    runs = sum(chart.in_run)
    parts = [f"Center line {chart.center:.1f}"]
    parts.append(
        "outside the limits: " + "; ".join(out) if out else "no month is outside the limits"
    )
    if runs:
        parts.append(f"{runs} months are part of a run on one side of the median")
    return ". ".join(parts) + "."


class _Plane:
    """Coordinates of months and values."""

    def __init__(self, series: Series, width: float) -> None:
        chart = series.chart
        self.months, self.width, self.is_percentage = series.months, width, series.is_percentage
        known = [v for v in (*chart.values, *chart.high, chart.center) if v is not None]
        if series.is_percentage:
            self.step, self.top = QUARTER, FULL
        else:
            self.step = _step(max(known, default=1))
            self.top = self.step * -(-max(known, default=1) // self.step)

    def x(self, place: int) -> float:
        """Return the x coordinate of the middle of a month."""
        width = self.width - LEFT - RIGHT
        return LEFT + width * (place + 0.5) / max(len(self.months), 1)

    def y(self, value: float) -> float:
        """Return the y coordinate of a value."""
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.top


def _step(highest: float) -> float:
    """Return a round distance of about four grid lines."""
    power = 1.0
    while power * SCALES[-1] < highest / 4:
        power *= 10
    while power > highest / 4:
        power /= 10
    return next((power * scale for scale in SCALES if power * scale >= highest / 4), power * 10)


def _grid(plane: _Plane) -> list[str]:
    drawn = []
    for tick in range(int(plane.top / plane.step + 1.5)):
        value = tick * plane.step
        if value > plane.top + 1e-9:
            break
        y = plane.y(value)
        drawn.append(line(LEFT, y, plane.width - RIGHT, y, "grid"))
        unit = "%" if plane.is_percentage else ""
        drawn.append(text(LEFT - 6, y + 4, f"{value:g}{unit}", "small soft end"))
    for place in _ticks(plane):
        x = plane.x(place)
        anchor = "end" if x > plane.width - TICK_WIDTH / 2 else "middle" if place else ""
        label = f"{plane.months[place]:%b %Y}"
        drawn.append(line(x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 4, "axis"))
        drawn.append(text(x, HEIGHT - 8, label, f"small soft {anchor}".strip()))
    return drawn


def _ticks(plane: _Plane) -> list[int]:
    """Return the Januaries from last to first, then the first month, without overlaps."""
    januaries = [place for place, month in enumerate(plane.months) if month.month == 1]
    ticks: list[int] = []
    for place in [*reversed(januaries), *([0] if plane.months else [])]:
        if not ticks or plane.x(ticks[-1]) - plane.x(place) >= TICK_WIDTH:
            ticks.append(place)
    return ticks


def _limits(plane: _Plane, chart: Chart) -> list[str]:
    """Return the band between the limits and the center line."""
    if chart.center is None:
        return []
    half = (plane.x(1) - plane.x(0)) / 2
    upper: list[tuple[float, float]] = []
    lower: list[tuple[float, float]] = []
    for place, (low, high) in enumerate(zip(chart.low, chart.high, strict=True)):
        if low is None or high is None:
            continue
        x = plane.x(place)
        top, bottom = plane.y(min(high, plane.top)), plane.y(low)
        upper += [(x - half, top), (x + half, top)]
        lower += [(x - half, bottom), (x + half, bottom)]
    around = " ".join(f"{number(x)},{number(y)}" for x, y in [*upper, *reversed(lower)])
    center = plane.y(chart.center)
    return [
        f'<polygon points="{around}" class="limits"/>' if upper else "",
        polyline(upper, "limit") if upper else "",
        polyline(lower, "limit") if upper else "",
        line(LEFT, center, plane.width - RIGHT, center, "center"),
    ]


def _parts(plane: _Plane, chart: Chart) -> list[list[tuple[float, float]]]:
    """Return the lines through the values, interrupted at months without one."""
    parts: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(chart.values):
        if value is None:
            parts.append([])
        else:
            parts[-1].append((plane.x(place), plane.y(value)))
    return [part for part in parts if len(part) > 1]


def _dots(plane: _Plane, series: Series) -> list[str]:
    drawn = []
    known = zip(
        series.months, series.chart.values, series.chart.outside, series.labels, strict=True
    )
    for place, (month, value, is_outside, label) in enumerate(known):
        if value is None:
            continue
        kind, size = ("signal", 5) if is_outside else ("dot", 3)
        drawn.append(
            f'<circle cx="{number(plane.x(place))}" cy="{number(plane.y(value))}" r="{size}" '
            f'class="{kind}" data-month="{month:%Y-%m}"><title>{escape(label)}</title></circle>'
        )
    return drawn

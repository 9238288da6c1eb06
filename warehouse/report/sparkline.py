"""Sparkline: a trend as a small SVG."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 96, 24, 3


def sparkline(open_counts: Sequence[int], failed_counts: Sequence[int] = ()) -> Markup:
    """Draw open queries (line, area, dot for today) over failed delivered rows (thin line).

    Both are counts after each refresh, oldest first.
    """
    top = max([*open_counts, *failed_counts, 1])
    points = _points(open_counts, top)
    last_x, last_y = points[-1]
    base = HEIGHT - MARGIN
    line = " ".join(f"{x:g},{y:g}" for x, y in points)
    area = f"{points[0][0]:g},{base} {line} {last_x:g},{base}"
    failed = " ".join(f"{x:g},{y:g}" for x, y in _points(failed_counts, top))
    return Markup(
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{_label(open_counts)}">'
        + (f'<polyline class="sf" points="{failed}"/>' if any(failed_counts[:-1]) else "")
        + (f'<polygon points="{area}"/><polyline points="{line}"/>' if len(points) > 1 else "")
        + f'<circle cx="{last_x:g}" cy="{last_y:g}" r="2.2"/></svg>'
    )


def _points(counts: Sequence[int], top: int) -> list[tuple[float, float]]:
    """Return the coordinates of the counts; a single one is at the right end."""
    step = (WIDTH - 2 * MARGIN) / max(len(counts) - 1, 1)
    left = MARGIN if len(counts) > 1 else WIDTH - MARGIN
    height = HEIGHT - 2 * MARGIN
    return [
        (round(left + index * step, 1), round(MARGIN + height * (1 - count / top), 1))
        for index, count in enumerate(counts)
    ]


def _label(counts: Sequence[int]) -> str:
    if len(counts) == 1:
        return f"{counts[0]:,} open today"
    return f"open: {counts[0]:,} at first, {counts[-1]:,} today, {max(counts):,} at most"

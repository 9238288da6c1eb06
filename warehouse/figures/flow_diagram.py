"""CONSORT diagram of the patient flow (Schulz 2010, doi:10.1136/bmj.c332).

Stages are below each other, exclusions between two stages in a box beside the arrow, and the last
stage divides into the compared groups, if there are any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from warehouse.figures.number_format import PLAIN, NumberFormat
from warehouse.figures.picture import NARROW, Picture, line, lines, polygon, rectangle, text
from warehouse.figures.text_width import text_width, wrapped

Row = dict[str, Any]
PADDING, STEP, GAP, ARROW, BASELINE = 12, 19, 16, 7, 14


@dataclass(frozen=True)
class Place:
    """Horizontal position and CSS classes of a box."""

    x: float
    width: float
    kind: str

    @property
    def middle(self) -> float:
        """x coordinate of the middle."""
        return self.x + self.width / 2


def flow_diagram(
    steps: Sequence[Row], groups: Sequence[Row], width: float, number_format: NumberFormat = PLAIN
) -> Picture:
    """Draw ``study.patient_flow``.

    ``steps``: label, n_excluded, n_remaining, is_exclusion, in order; ``groups``: label, n.
    """
    diagram = (_NarrowDiagram if width <= NARROW else _WideDiagram)(width, number_format)
    for stage, excluded in _stages(steps):
        if diagram.drawn:
            diagram.connect(excluded)
        diagram.stage(stage)
    diagram.divide(groups)
    height = diagram.y + 1
    return Picture(
        "flow", "Patient flow", description(steps, groups), width, height, "".join(diagram.drawn)
    )


def description(steps: Sequence[Row], groups: Sequence[Row]) -> str:
    """Return the flow as a text."""
    parts = [
        f"{row['label']}: {row['n_excluded']:,} excluded, {row['n_remaining']:,} remain"
        if row["is_exclusion"]
        else f"{row['label']}: {row['n_remaining']:,}"
        for row in steps
    ]
    return "; ".join([*parts, *(f"{group['label']}: {group['n']:,}" for group in groups)]) + "."


def _stages(steps: Sequence[Row]) -> list[tuple[Row, list[Row]]]:
    """Return each stage with the exclusions before it."""
    stages: list[tuple[Row, list[Row]]] = []
    excluded: list[Row] = []
    for row in steps:
        if row["is_exclusion"]:
            excluded.append(row)
        else:
            stages.append((row, excluded))
            excluded = []
    return stages


class _Diagram:
    """Diagram: the elements so far, and their lower end ``y``."""

    def __init__(
        self, stages: Place, side: Place, spine: float, number_format: NumberFormat
    ) -> None:
        self.stages, self.side, self.spine, self.number_format = stages, side, spine, number_format
        self.drawn: list[str] = []
        self.y = 1.0

    def stage(self, stage: Row) -> None:
        """Draw the box of a stage."""
        self.y = self.box(self.stages, self.y, stage["label"], stage["n_remaining"])

    def connect(self, excluded: Sequence[Row]) -> None:
        """Draw the arrow to the next stage, with the exclusions beside it."""
        start, end = self.y, self.y + 2 * GAP
        if excluded:
            top = start + GAP
            bottom = self._excluded(top, excluded)
            self.drawn += _arrow_right(self.spine, self.side.x, (top + bottom) / 2)
            end = bottom + GAP
        self.drawn += _arrow_down(self.spine, start, end)
        self.y = end

    def box(self, place: Place, top: float, label: str, n: int) -> float:
        """Draw a box with a label and its number of patients; return its lower end."""
        words = wrapped(label, place.width - 2 * PADDING, bold=True)
        height = 2 * PADDING + STEP * (len(words) + 1) - 4
        first = top + PADDING + BASELINE - 2
        self.drawn += [
            rectangle(place.x, top, place.width, height, place.kind),
            lines(place.middle, first, words, STEP, "strong middle"),
            text(place.middle, first + STEP * len(words), self.number_format.size(n), "middle"),
        ]
        return top + height

    def _excluded(self, top: float, excluded: Sequence[Row]) -> float:
        """Draw a box that lists the exclusions; return its lower end."""
        counts = [f"{row['n_excluded']:,}" for row in excluded]
        label_x = self.side.x + PADDING + max(map(text_width, counts)) + 8
        label_width = self.side.x + self.side.width - PADDING - label_x
        y = top + PADDING + BASELINE - 2
        total = sum(row["n_excluded"] for row in excluded)
        words = [
            text(self.side.x + PADDING, y, f"Excluded ({self.number_format.size(total)})", "strong")
        ]
        for row, count in zip(excluded, counts, strict=True):
            label = wrapped(row["label"], label_width)
            y += STEP + 2
            words.append(text(label_x - 8, y, count, "end"))
            words.append(lines(label_x, y, label, STEP))
            y += STEP * (len(label) - 1)
        bottom = y + PADDING - 2
        box = rectangle(self.side.x, top, self.side.width, bottom - top, self.side.kind)
        self.drawn += [box, *words]
        return bottom


class _WideDiagram(_Diagram):
    """Diagram with exclusions and the second group to the right of the stages."""

    def __init__(self, width: float, number_format: NumberFormat) -> None:
        half = width * 0.45
        stages = Place(1, half, "box stage")
        super().__init__(stages, Place(width - half - 1, half, "box"), stages.middle, number_format)

    def divide(self, groups: Sequence[Row]) -> None:
        """Draw the groups beside each other."""
        places = [replace(place, kind="box group") for place in self._places(len(groups))]
        if not places:
            return
        start, rail = self.y, self.y + GAP
        self.drawn.append(line(self.spine, start, self.spine, rail, "link"))
        self.drawn.append(line(places[0].middle, rail, places[-1].middle, rail, "link"))
        for place, group in zip(places, groups, strict=True):
            top = start + 2.5 * GAP
            self.drawn += _arrow_down(place.middle, rail, top)
            self.y = max(self.y, self.box(place, top, group["label"], group["n"]))

    def _places(self, groups: int) -> list[Place]:
        """Return the places of the groups: below stage and exclusions, or as many in a row."""
        if groups in (1, 2):
            return [self.stages, self.side][:groups]
        right = self.side.x + self.side.width
        width = (right - self.stages.x - GAP * (groups - 1)) / max(groups, 1)
        return [
            Place(self.stages.x + number * (width + GAP), width, "box group")
            for number in range(groups)
        ]


class _NarrowDiagram(_Diagram):
    """Diagram with all boxes below each other; exclusions and groups are indented."""

    def __init__(self, width: float, number_format: NumberFormat) -> None:
        super().__init__(
            Place(1, width - 2, "box stage"), Place(48, width - 49, "box"), 20, number_format
        )

    def divide(self, groups: Sequence[Row]) -> None:
        """Draw the groups below each other."""
        place = replace(self.side, kind="box group")
        start = self.y
        for group in groups:
            top = self.y + GAP
            self.y = self.box(place, top, group["label"], group["n"])
            middle = (top + self.y) / 2
            self.drawn.append(line(self.spine, start, self.spine, middle, "link"))
            self.drawn += _arrow_right(self.spine, place.x, middle)
            start = middle


def _arrow_down(x: float, y1: float, y2: float) -> list[str]:
    tip = [(x, y2), (x - ARROW / 2, y2 - ARROW), (x + ARROW / 2, y2 - ARROW)]
    return [line(x, y1, x, y2 - ARROW, "link"), polygon(tip, "head")]


def _arrow_right(x1: float, x2: float, y: float) -> list[str]:
    tip = [(x2, y), (x2 - ARROW, y - ARROW / 2), (x2 - ARROW, y + ARROW / 2)]
    return [line(x1, y, x2 - ARROW, y, "link"), polygon(tip, "head")]

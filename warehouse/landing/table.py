"""Table that every file format is read into: a header and batches of numbered rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple, Protocol

from warehouse.landing.cell_text import Cell
from warehouse.landing.table_notes import TableNotes
from warehouse.landing.text_shape import Probe

BATCH_ROWS = 16_384


class UnreadableLine(NamedTuple):
    """A line that could not be split: its number, and the fault without any value."""

    source_row: int
    found: str


@dataclass
class Batch:
    """Rows in file order: ``source_rows[i]`` is the line on which ``rows[i]`` starts.

    ``beside`` are cells beside the table: their line, and their column.
    """

    source_rows: list[int] = field(default_factory=list)
    rows: list[tuple[Cell, ...] | list[Cell] | list[str]] = field(default_factory=list)
    unreadable: list[UnreadableLine] = field(default_factory=list)
    beside: list[tuple[int, int]] = field(default_factory=list)

    def in_order(self) -> None:
        """Put the rows in the order of the file."""
        if any(one > next_one for one, next_one in pairwise(self.source_rows)):
            order = sorted(range(len(self.rows)), key=self.source_rows.__getitem__)
            self.source_rows = [self.source_rows[at] for at in order]
            self.rows = [self.rows[at] for at in order]

    def cut_from(self, line: int) -> int:
        """Take out this line and all below it; returns how many are below it."""
        start = bisect_left(self.source_rows, line)
        below = [number for number in self.source_rows[start:] if number > line]
        lost = [bad for bad in self.unreadable if bad.source_row > line]
        del self.source_rows[start:], self.rows[start:]
        self.unreadable = [bad for bad in self.unreadable if bad.source_row < line]
        self.beside = [place for place in self.beside if place[0] < line]
        return len(below) + len(lost)


class Table(Protocol):
    """An opened file; ``epoch`` is day 0 of the day numbers of a workbook."""

    file_format: str
    encoding: str | None
    delimiter: str | None
    is_ascii: bool
    epoch: datetime | None
    header: list[str]
    notes: TableNotes

    def batches(self, probe: Probe | None = None) -> Iterator[Batch]:
        """The rows below the header; blank rows are left out. Raises UnreadableFileError.

        ``probe`` knows the columns; without it, nothing is concluded from what cells hold.
        """
        ...

"""Hidden rows and merged cells of a sheet, which openpyxl's fast reading leaves out."""

from __future__ import annotations

import zipfile
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO

from openpyxl.utils import range_boundaries
from openpyxl.xml.functions import iterparse

from warehouse.landing.disk_space import MEGABYTE
from warehouse.landing.table_notes import MERGED_ACROSS, MERGED_DOWN, TableNotes

_TRUE = ("1", "true")


class RowRanges:
    """Rows by their ranges. Costs what the ranges cost, however far they reach or overlap."""

    def __init__(self) -> None:
        self._added: list[tuple[int, int]] = []
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def add(self, first: int, last: int) -> None:
        """Add the rows from the first to the last."""
        self._added.append((first, last))

    def __contains__(self, row: int) -> bool:
        if self._added:
            self._unite()
        at = bisect_right(self._firsts, row) - 1
        return at >= 0 and row <= self._lasts[at]

    def _unite(self) -> None:
        ranges = sorted([*zip(self._firsts, self._lasts, strict=True), *self._added])
        self._added, self._firsts, self._lasts = [], [], []
        for first, last in ranges:
            if self._lasts and first <= self._lasts[-1]:
                self._lasts[-1] = max(last, self._lasts[-1])
            else:
                self._firsts.append(first)
                self._lasts.append(last)


@dataclass
class SheetMarks:
    """Hidden rows, the rows in which cells are merged across, and those merged down.

    ``down``: place of a column -> the rows in which its cell belongs to the one above.
    """

    hidden: set[int] = field(default_factory=set)
    across: RowRanges = field(default_factory=RowRanges)
    down: dict[int, RowRanges] = field(default_factory=lambda: defaultdict(RowRanges))

    def add_merged(self, column: int, first_row: int, last_column: int, last_row: int) -> None:
        """Add a range of merged cells: places of columns, and rows from 1 on."""
        if last_column > column:
            self.across.add(first_row, last_row)
        elif last_row > first_row:
            self.down[column].add(first_row + 1, last_row)


class MergedCells:
    """Gives the rows of merged cells the value that a person sees in each of them."""

    def __init__(self, marks: SheetMarks, notes: TableNotes, start: int) -> None:
        """``start`` is the line of the file behind which the sheet's rows are counted."""
        self._marks = marks
        self._start = start
        self._notes = notes
        self._above: list[Any] = []

    def filled(self, line: int, cells: list[Any]) -> list[Any]:
        """The cells of a row, none of a blank one; an empty one that is merged with the one above
        has its value.
        """
        is_blank = all(cell is None for cell in cells)
        down = self._marks.down.items()
        places = [at for at, rows in down if at < len(self._above) and line in rows]
        for at in places:
            cells += [None] * (at + 1 - len(cells))
            cells[at] = self._above[at] if cells[at] is None else cells[at]
        self._above = list(cells)
        if is_blank:
            return []
        if any(cells[at] is not None for at in places):
            self._notes.layout[MERGED_DOWN].add(self._start + line)
        if line in self._marks.across:
            self._notes.layout[MERGED_ACROSS].add(self._start + line)
        return cells


def sheet_marks(handle: BinaryIO, path: str) -> SheetMarks:
    """Return hidden rows and merged cells of the sheet at a path of the workbook's archive."""
    marks = SheetMarks()
    handle.seek(0)
    with zipfile.ZipFile(handle) as archive:
        if not holds(archive, path, (b"hidden=", b"mergeCell ")):
            return marks
        with archive.open(path) as member:
            line = 0
            for _, element in iterparse(member):
                if element.tag.endswith("}row"):
                    line = int(element.get("r", line + 1))
                    if element.get("hidden") in _TRUE:
                        marks.hidden.add(line)
                elif element.tag.endswith("}mergeCell"):
                    column, row, last_column, last_row = range_boundaries(str(element.get("ref")))
                    marks.add_merged(column - 1, row, last_column - 1, last_row)
                if not element.tag.endswith(("}c", "}v", "}is", "}t", "}f")):
                    element.clear()
    return marks


def holds(archive: zipfile.ZipFile, name: str, texts: tuple[bytes, ...]) -> bool:
    """Whether a member of an archive has one of these bytes; most have none and are done with."""
    with archive.open(name) as member:
        return holds_any(member, texts)


def holds_any(content: IO[bytes], texts: tuple[bytes, ...]) -> bool:
    """Whether a file has one of these bytes."""
    longest = max(map(len, texts))
    before = b""
    while block := content.read(MEGABYTE):
        if any(text in before + block for text in texts):
            return True
        before = block[-longest:]
    return False

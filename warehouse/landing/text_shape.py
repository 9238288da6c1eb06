"""Text in which every line has one field more than the header: which one is it?

A field is left out only when nothing else explains the lines as well: a delimiter within a name
that nobody quoted would move every later value by one column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from warehouse.landing.table_notes import ROW_NAMES, TRAILING_DELIMITER, TableNotes

FEWEST_ROWS = 2
SAMPLE_ROWS = 200
# More misfits than a tenth of the cells are no typing mistakes.
MOST_MISFITS = 0.1
Row = list[str]

TRIM: dict[str, Callable[[Row], Row]] = {
    TRAILING_DELIMITER: lambda row: row[:-1],
    ROW_NAMES: lambda row: row[1:],
}


class Probe(Protocol):
    """Knows of a header which columns take any text, and which cells of a row are values."""

    texts: tuple[int, ...]
    identifiers: frozenset[int]
    last_known: int
    required: frozenset[int]

    def is_misfit(self, at: int, cell: str) -> bool:
        """Whether a cell is filled and would be no value in a column."""
        ...

    def fit(self, rows: Sequence[Row]) -> tuple[int, int]:
        """Count the filled typed cells, and those that are no values."""
        ...

    def refuse_other_header(self, cells: Sequence[str], line: int) -> None:
        """Raise UnreadableFileError when a line is a header whose columns stand elsewhere."""
        ...

    def is_below(self, cells: Sequence[str], line: int, notes: TableNotes) -> bool:
        """Whether a line begins a table of another extract, or is one of its rows. Notes it."""
        ...


def shape_of(rows: Sequence[Row], width: int, probe: Probe) -> str | None:
    """Return the field that every row has too many; None when that is not certain."""
    if len(rows) < FEWEST_ROWS or any(len(row) != width + 1 for row in rows):
        return None
    sample = rows[:SAMPLE_ROWS]
    misfits: dict[str, int] = {}
    for shape in _candidates(rows):
        cells, bad = probe.fit([TRIM[shape](row) for row in sample])
        if cells and bad <= MOST_MISFITS * cells:
            misfits[shape] = bad
    best = min(misfits, key=lambda shape: misfits[shape], default=None)
    if best is None or list(misfits.values()).count(misfits[best]) > 1:
        return None
    rivals = (
        probe.fit([_merged(row, at) for row in sample])[1] for at in _rivals(best, probe, rows)
    )
    return best if all(bad > misfits[best] for bad in rivals) else None


def has_shape(row: Row, shape: str, width: int) -> bool:
    """Whether a row has the one field more that it may have."""
    return len(row) == width + 1 and (shape != TRAILING_DELIMITER or not row[-1].strip())


def _candidates(rows: Sequence[Row]) -> Iterator[str]:
    if all(not row[-1].strip() for row in rows):
        yield TRAILING_DELIMITER
    names = [row[0].strip() for row in rows]
    if all(names) and len(set(names)) == len(names):
        yield ROW_NAMES


def _rivals(shape: str, probe: Probe, rows: Sequence[Row]) -> Iterator[int]:
    """Columns of text that may hold a delimiter, so that two fields are one cell.

    An identifier behind running numbers is none: no identifiers hold a delimiter behind 1, 2, 3.
    """
    numbers = [row[0].strip() for row in rows]
    is_running = any(
        numbers == [str(number) for number in range(first, first + len(rows))] for first in (0, 1)
    )
    for at in probe.texts:
        is_behind_value = shape == TRAILING_DELIMITER and at > probe.last_known
        is_key = shape == ROW_NAMES and at == 0 and at in probe.identifiers and is_running
        if not is_behind_value and not is_key:
            yield at


def _merged(row: Row, at: int) -> Row:
    return [*row[:at], f"{row[at]} {row[at + 1]}", *row[at + 2 :]]

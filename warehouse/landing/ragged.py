"""Text lines with more or fewer fields than the header: which of them are rows all the same?

A line is read only when that moves no value: each of its typed cells fits its column, and no other
reading fits as well. What is cut or shifted stays unreadable.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from warehouse.landing.text_shape import FEWEST_ROWS, Probe, Row

# Excel writes text in blocks of so many lines, and leaves out the delimiters of those last columns
# that are empty in the whole block (Microsoft, knowledge base article 77295).
EXCEL_LINES = 16
# So many delimiters within one cell are looked for, and what may have stood in their place.
MOST_SPLITS = 3
JOINERS = (" ", ".")


class OddLine(NamedTuple):
    """A line with another number of fields than the header, and whether it ends as lines do."""

    number: int
    row: Row
    is_ended: bool


class RaggedLines:
    """Odd lines of a batch that are rows of a table of that width.

    ``lines`` are the numbers of the lines that are as wide as the header, and its own.
    """

    def __init__(
        self, odd: Sequence[OddLine], lines: Sequence[int], width: int, probe: Probe
    ) -> None:
        self._width = width
        self._probe = probe
        self._count = Counter(len(line.row) for line in odd)
        self._blocks: dict[int, set[int]] = defaultdict(set)
        for number in lines:
            self._blocks[_block(number)].add(width)
        for line in odd:
            self._blocks[_block(line.number)].add(len(line.row))

    def row(self, line: OddLine) -> Row | None:
        """The line as wide as the header; None when it may be cut, or moved."""
        is_long = len(line.row) > self._width
        is_row = self._is_long_row(line.row) if is_long else self._is_short_row(line)
        return self._as_wide(line.row) if is_row else None

    def _is_long_row(self, row: Row) -> bool:
        """Whether everything fits without the fields beyond the last column, and only so."""
        return self._fits(self._as_wide(row)) and not self._has_other_reading(row)

    def _is_short_row(self, line: OddLine) -> bool:
        """Whether only empty last columns are left out: in all of a block of Excel, or unneeded.

        A single line that is short may have lost a field, and a last line without an end more.
        Where the others end with a delimiter, one as wide as the header has what it needs.
        """
        row, last = line.row, self._probe.last_known
        has_all = len(row) > last and bool(row[last].strip())
        is_usual = has_all and (len(row) == self._width or self._count[len(row)] >= FEWEST_ROWS)
        is_of_excel = len(self._blocks[_block(line.number)]) == 1
        return (
            line.is_ended
            and max(self._probe.required, default=-1) < len(row)
            and (is_usual or is_of_excel)
            and self._fits(self._as_wide(row))
        )

    def _has_other_reading(self, row: Row) -> bool:
        """Whether a delimiter may stand within a cell, of a name or of a decimal number."""
        plain = self._as_wide(row)
        for splits in range(1, min(len(row) - self._width, MOST_SPLITS) + 1):
            for at in range(self._probe.last_known, -1, -1):
                for joiner in JOINERS:
                    cell = joiner.join(row[at : at + splits + 1])
                    other = self._as_wide([*row[:at], cell, *row[at + splits + 1 :]])
                    if _stripped(other) != _stripped(plain) and self._fits(other):
                        return True
                # Further to the left, this cell would stand here too, and it does not fit.
                if self._probe.is_misfit(at, row[at + splits]):
                    break
        return False

    def _as_wide(self, row: Row) -> Row:
        return [*row[: self._width], *[""] * (self._width - len(row))]

    def _fits(self, row: Row) -> bool:
        cells, bad = self._probe.fit([row])
        return cells > 0 and bad == 0


def _block(number: int) -> int:
    return (number - 1) // EXCEL_LINES


def _stripped(row: Row) -> Row:
    return [cell.strip(" .") for cell in row]

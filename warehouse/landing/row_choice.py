"""Rows of a file that the site's mapping leaves out: ``where`` and ``skip_rows`` of a part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import compress
from operator import and_

from warehouse.definitions.site import Condition
from warehouse.landing.cell_text import UNREADABLE_SIGN, Cell, LabeledCode, as_text
from warehouse.landing.table import Batch
from warehouse.landing.table_notes import TableNotes


class RowChoice:
    """Leaves out the rows that do not meet every condition, and the lines to skip.

    ``conditions``: column -> its place and which cells choose a row. ``compared`` spells a cell as
    it is compared. ``working`` are the columns whose condition has found one of its values.
    """

    def __init__(
        self,
        conditions: Mapping[str, tuple[int, Condition]],
        skip_rows: Iterable[int],
        compared: Callable[[str], str],
    ) -> None:
        self._skipped = frozenset(skip_rows)
        self._chooses = {
            name: (place, _CellChoice(condition, compared))
            for name, (place, condition) in conditions.items()
        }

    @property
    def working(self) -> frozenset[str]:
        """The columns whose condition found one of its values; ``present`` needs none."""
        return frozenset(name for name, (_, choice) in self._chooses.items() if choice.has_found)

    def leave_out(self, batch: Batch, notes: TableNotes) -> None:
        """Take the rows that are not chosen out of a batch, and count them."""
        if not self._chooses and not self._skipped:
            return
        is_chosen = [line not in self._skipped for line in batch.source_rows]
        for place, choice in self._chooses.values():
            fits = (choice[row[place]] for row in batch.rows)
            is_chosen = list(map(and_, is_chosen, fits))
        notes.rows_left_out += is_chosen.count(False)
        batch.rows = list(compress(batch.rows, is_chosen))
        batch.source_rows = list(compress(batch.source_rows, is_chosen))


class _CellChoice(dict[Cell, bool]):
    """Whether a cell chooses its row; each distinct cell is compared once."""

    def __init__(self, condition: Condition, compared: Callable[[str], str]) -> None:
        super().__init__()
        self._compared = compared
        self._present = condition.present
        self._listed = frozenset(map(compared, condition.listed))
        self._excluded = frozenset(map(compared, condition.excluded))
        self.has_found = condition.present is not None

    def __missing__(self, cell: Cell) -> bool:
        texts = {self._compared(as_text(part)) for part in _parts(cell)}
        is_listed, is_excluded = texts & self._listed, texts & self._excluded
        self.has_found = self.has_found or bool(is_listed or is_excluded)
        if any(UNREADABLE_SIGN in text for text in texts):
            is_chosen = True  # so that the row is a query, not left out
        elif self._present is not None:
            is_chosen = any(texts) is self._present
        else:
            is_chosen = bool(is_listed) if self._listed else not is_excluded
        self[cell] = is_chosen
        return is_chosen


def _parts(cell: Cell) -> tuple[Cell, ...]:
    """The cell; a labeled code by either of the two."""
    return (cell.code, cell.label) if isinstance(cell, LabeledCode) else (cell,)

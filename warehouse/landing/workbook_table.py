"""Reading workbooks: the sheets with the header that fits best, below a title or two."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from warehouse.landing.cell_text import EXACT_BELOW, Cell, ShownNumber
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.headers import HeaderReader
from warehouse.landing.sheet_marks import MergedCells, SheetMarks
from warehouse.landing.sheets import Sheet, SheetChoice, require_all, sheet_key, sheet_of, unescaped
from warehouse.landing.table import BATCH_ROWS, Batch
from warehouse.landing.table_notes import HIDDEN_ROWS, REMARK, JoinedSheet, TableNotes
from warehouse.landing.text_shape import Probe
from warehouse.landing.workbook_parts import LostSheet

# Libraries find a sheet by its name: one of two is read twice, and the other one not at all.
SAME_SHEETS = "two sheets of the workbook have the same name; rename one"


class Book(Protocol):
    """An opened workbook: its sheets as openpyxl has them, and the names of all, charts too.

    ``unseen`` says what of its cells the library cannot see; None where it sees all. ``lost`` are
    the sheets that it names and of which nothing can be read.
    """

    file_format: str
    epoch: datetime | None
    unseen: str | None
    sheets: Sequence[Any]
    sheet_names: Sequence[str]
    lost: Sequence[LostSheet]

    def values(self, sheet: Any) -> Iterator[Sequence[Any]]:
        """All rows of a sheet, as people see them."""
        ...

    def marks(self, sheet: Any) -> SheetMarks:
        """Hidden rows and merged cells of a sheet."""
        ...

    def damage(self) -> AbstractContextManager[None]:
        """Raise UnreadableFileError instead of the library's errors."""
        ...


class WorkbookTable:
    """A workbook. Raises UnreadableFileError when it is damaged or no sheet has a header.

    ``others`` read the other parts of a wide file; the sheets that they read are no unread ones.
    """

    encoding = None
    delimiter = None
    is_ascii = False

    def __init__(
        self,
        book: Book,
        headers: HeaderReader,
        others: Sequence[HeaderReader] = (),
        ignored_sheets: Sequence[str] = (),
    ) -> None:
        self._book = book
        self.file_format, self.epoch = book.file_format, book.epoch
        self.notes = TableNotes(hides_formats=book.unseen is not None)
        self.notes.remarks += [book.unseen] if book.unseen else []
        with book.damage():
            self._choose(headers, others, ignored_sheets)
        self.header: list[str] = self._sheets[0].header.names

    @property
    def sheets_read(self) -> tuple[str, ...]:
        """Names of the sheets that are read, which people gave: they are shown to nobody."""
        return tuple(sheet.name for sheet in self._sheets)

    def batches(self, probe: Probe | None = None) -> Iterator[Batch]:  # noqa: ARG002
        """The rows below the header, as wide as the header; those of further sheets follow."""
        end = 0
        with self._book.damage():
            for sheet in self._sheets:
                batch, start = Batch(), end
                self.notes.below = None
                for line, row in self._numbered(sheet, start):
                    end = line
                    self._add(batch, line, row)
                    if len(batch.rows) >= BATCH_ROWS:
                        yield batch
                        batch = Batch()
                yield batch
                if len(self._sheets) > 1:
                    joined = JoinedSheet(sheet.shown, start + sheet.header.row + 1, end)
                    self.notes.joined.append(joined)

    def _choose(
        self, headers: HeaderReader, others: Sequence[HeaderReader], ignored: Sequence[str]
    ) -> None:
        """Find the sheets to read, and note the others."""
        names = set(map(sheet_key, self._book.sheet_names))
        self.notes.ignored_sheets = {name: sheet_key(name) in names for name in ignored}
        if len(set(self._book.sheet_names)) < len(self._book.sheet_names):
            raise UnreadableFileError(SAME_SHEETS)
        require_all(self._book.lost, headers, ignored)
        found = self._found(headers)
        if not found:
            error = UnreadableFileError("the workbook has no rows")
            raise error.with_rows(0) if self._book.sheets else error
        choice = SheetChoice(found, headers, ignored)
        self._sheets = choice.read
        read = {sheet.name for sheet in choice.read}
        for reader in others:
            with suppress(UnreadableFileError):  # then that part of the file says so itself
                read |= {
                    sheet.name for sheet in SheetChoice(self._found(reader), reader, ignored).read
                }
        self.notes.unread += choice.unread([sheet for sheet in found if sheet.name not in read])

    def _found(self, headers: HeaderReader) -> list[Sheet]:
        """The sheets that are not blank."""
        numbered = enumerate(self._book.sheets, start=1)
        sheets = (sheet_of(sheet, number, headers) for number, sheet in numbered)
        return [sheet for sheet in sheets if sheet is not None]

    def _numbered(self, sheet: Sheet, start: int) -> Iterator[tuple[int, list[Cell]]]:
        """The rows of a sheet below its header that are not blank, with their line of the file.

        Cells stand in the order of the first sheet's header, those without a header behind them.
        """
        marks = self._book.marks(sheet.sheet)
        merged = MergedCells(marks, self.notes, start)
        order = sheet.order_of(self._sheets[0])
        for title in sheet.header.titles:
            self.notes.titles.add(start + title)
        for number, cells in enumerate(self._book.values(sheet.sheet), start=1):
            if number <= sheet.header.row:
                continue
            row = merged.filled(number, [_cell(cell) for cell in cells])
            if row:
                row += [None] * (len(order) - len(row))
                yield start + number, [*(row[at] for at in order), *row[len(order) :]]
                if number in marks.hidden:
                    self.notes.layout[HIDDEN_ROWS].add(start + number)

    def _add(self, batch: Batch, line: int, row: list[Cell]) -> None:
        """A row as wide as the header; what stands beside the table is noted."""
        width = len(self.header)
        for at, cell in enumerate(row[width:], start=width):
            if cell is not None:
                batch.beside.append((line, at))
        if any(cell is not None for cell in row[:width]):
            batch.source_rows.append(line)
            batch.rows.append(row[:width])
        else:
            self.notes.no_records[REMARK].add(line)


def _cell(value: Any) -> Cell:
    """A cell in one of the types that cells are read from."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= EXACT_BELOW:
        value = float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return (value + timedelta(milliseconds=500)).replace(microsecond=0)
    if value is None or isinstance(value, int | date | ShownNumber):
        return value
    if isinstance(value, time | timedelta):
        return str(value)
    text = unescaped(str(value))
    return text if text.strip() else None

"""Reading Excel workbooks: the sheets with the header that fits best, below a title or two."""

from __future__ import annotations

import math
import os
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import Any, BinaryIO

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from warehouse.landing.cell_text import EXACT_BELOW, FORMULA, Cell, ShownNumber
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.foreign_formats import refuse_foreign_zip
from warehouse.landing.headers import HeaderReader
from warehouse.landing.limits import Limits
from warehouse.landing.number_formats import needs_formats, shown, shows_clock
from warehouse.landing.sheet_marks import MergedCells, holds, sheet_marks
from warehouse.landing.sheets import Sheet, SheetChoice, sheet_key, sheet_of
from warehouse.landing.table import BATCH_ROWS, Batch
from warehouse.landing.table_notes import HIDDEN_ROWS, REMARK, JoinedSheet, TableNotes
from warehouse.landing.text_shape import Probe

ENCRYPTED = 1  # a flag of the zip format
# SyntaxError: of either XML parser that openpyxl may use.
_DAMAGE = (
    zipfile.BadZipFile, InvalidFileException, SyntaxError, KeyError, ValueError, TypeError,
    EOFError, OSError, AttributeError, IndexError, NotImplementedError,
)  # fmt: skip
# openpyxl's warnings quote cells, and cells may name patients.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")


class WorkbookTable:
    """An XLSX file. Raises UnreadableFileError when it is damaged or no sheet has a header.

    ``others`` read the other parts of a wide file; the sheets that they read are no unread ones.
    """

    file_format = "xlsx"
    encoding = None
    delimiter = None
    is_ascii = False

    def __init__(
        self,
        handle: BinaryIO,
        limits: Limits,
        headers: HeaderReader,
        others: Sequence[HeaderReader] = (),
        ignored_sheets: Sequence[str] = (),
    ) -> None:
        _check_size(handle, limits)
        self.notes = TableNotes()
        self._handle = handle
        try:
            self._workbook = load_workbook(handle, read_only=True, data_only=True)
            self.epoch: datetime = self._workbook.epoch
            self._needs_formats = needs_formats(self._workbook)
            self._formulas = (
                load_workbook(handle, read_only=True) if _has_formulas(handle) else None
            )
            self._choose(headers, others, ignored_sheets)
        except _DAMAGE as error:
            raise UnreadableFileError("the workbook is damaged; save it again") from error
        self.header: list[str] = self._sheets[0].header.names

    @property
    def sheets_read(self) -> tuple[str, ...]:
        """Names of the sheets that are read, which people gave: they are shown to nobody."""
        return tuple(sheet.name for sheet in self._sheets)

    def batches(self, probe: Probe | None = None) -> Iterator[Batch]:  # noqa: ARG002
        """The rows below the header, as wide as the header; those of further sheets follow."""
        end = 0
        try:
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
        except _DAMAGE as error:
            raise UnreadableFileError("the workbook is damaged; save it again") from error

    def _choose(
        self, headers: HeaderReader, others: Sequence[HeaderReader], ignored: Sequence[str]
    ) -> None:
        """Find the sheets to read, and note the others."""
        names = set(map(sheet_key, self._workbook.sheetnames))
        self.notes.ignored_sheets = {name: sheet_key(name) in names for name in ignored}
        found = self._found(headers)
        if not found:
            error = UnreadableFileError("the workbook has no rows")
            raise error.with_rows(0) if self._workbook.worksheets else error
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
        numbered = enumerate(self._workbook.worksheets, start=1)
        sheets = (sheet_of(sheet, number, headers) for number, sheet in numbered)
        return [sheet for sheet in sheets if sheet is not None]

    def _numbered(self, sheet: Sheet, start: int) -> Iterator[tuple[int, list[Cell]]]:
        """The rows of a sheet below its header that are not blank, with their line of the file.

        Cells stand in the order of the first sheet's header, those without a header behind them.
        """
        marks = sheet_marks(self._handle, sheet.path)
        merged = MergedCells(marks, self.notes, start)
        order = sheet.order_of(self._sheets[0])
        for title in sheet.header.titles:
            self.notes.titles.add(start + title)
        for number, cells in enumerate(self._rows(sheet), start=1):
            if number <= sheet.header.row:
                continue
            row = merged.filled(number, [_cell(cell) for cell in cells])
            if row:
                row += [None] * (len(order) - len(row))
                yield start + number, [*(row[at] for at in order), *row[len(order) :]]
                if number in marks.hidden:
                    self.notes.layout[HIDDEN_ROWS].add(start + number)

    def _values(self, sheet: Sheet) -> Iterator[Sequence[Any]]:
        """All rows as values; where a number format shows another number or a bare day, as shown.

        Where there is no such format, rows of bare values are read twice as fast.
        """
        if not self._needs_formats:
            yield from sheet.sheet.iter_rows(values_only=True)
            return
        for cells in sheet.sheet.iter_rows():
            yield [_shown(cell) for cell in cells]

    def _rows(self, sheet: Sheet) -> Iterator[Sequence[Any]]:
        """All rows; a formula that nobody calculated is marked, for it is no empty cell."""
        values = self._values(sheet)
        if self._formulas is None:
            yield from values
            return
        written = self._formulas[sheet.sheet.title]
        written.reset_dimensions()
        for cells, formulas in zip_longest(
            values, written.iter_rows(values_only=True), fillvalue=()
        ):
            yield [
                FORMULA if value is None and _is_formula(text) else value
                for value, text in zip_longest(cells, formulas)
            ]

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


def _check_size(handle: BinaryIO, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(handle) as archive:
            refuse_foreign_zip(archive)
            names = set(archive.namelist())
            size = sum(member.file_size for member in archive.infolist())
            is_locked = any(member.flag_bits & ENCRYPTED for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableFileError("the workbook is damaged or cut off; save it again") from error
    if "[Content_Types].xml" not in names:
        raise UnreadableFileError("it is a zip archive, not a workbook; deliver what is in it")
    if is_locked:
        raise UnreadableFileError("the workbook has a password; save it without one")
    limits.require_size(size, packed=handle.seek(0, os.SEEK_END))


def _has_formulas(handle: BinaryIO) -> bool:
    """Whether any sheet has one; most have none and need be read only once."""
    handle.seek(0)
    with zipfile.ZipFile(handle) as archive:
        sheets = (name for name in archive.namelist() if name.startswith("xl/worksheets/"))
        return any(holds(archive, name, (b"<f>", b"<f ", b"<f/")) for name in sheets)


def _is_formula(cell: Any) -> bool:
    return isinstance(cell, ArrayFormula | DataTableFormula) or str(cell).startswith("=")


def _shown(cell: Any) -> Any:
    """The value as its format shows it: midnight without a clock is a day, as in text files."""
    value = cell.value
    if cell.data_type == "n":
        return shown(value, cell.number_format)
    if isinstance(value, datetime) and value.time() == time.min:
        return value if shows_clock(cell.number_format) else value.date()
    return value


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
    text = str(value)
    return text if text.strip() else None

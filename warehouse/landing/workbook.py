"""Reading Excel workbooks: the sheet whose header fits best, below its title if it has one."""

from __future__ import annotations

import math
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import Any, BinaryIO

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from warehouse.landing.cell_text import EXACT_BELOW, FORMULA, Cell
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.foreign_formats import refuse_foreign_zip
from warehouse.landing.number_formats import has_shown_numbers, shown
from warehouse.landing.room import MEGABYTE
from warehouse.landing.source import too_large
from warehouse.landing.table import BATCH_ROWS, Batch, UnreadableLine

HEADER_SEARCH_ROWS = 20
ENCRYPTED = 1  # a flag of the zip format
# SyntaxError: of either XML parser that openpyxl may use.
_DAMAGE = (
    zipfile.BadZipFile, InvalidFileException, SyntaxError, KeyError, ValueError, TypeError,
    EOFError, OSError, AttributeError, IndexError, NotImplementedError,
)  # fmt: skip
# openpyxl's warnings quote cells, and cells may name patients.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")


class WorkbookTable:
    """An XLSX file. Raises UnreadableFileError when it is damaged or no sheet has a header."""

    file_format = "xlsx"
    encoding = None
    delimiter = None
    is_ascii = False

    def __init__(
        self, handle: BinaryIO, limit_mb: int, known_columns: Callable[[list[str]], int]
    ) -> None:
        _check_size(handle, limit_mb)
        try:
            self._workbook = load_workbook(handle, read_only=True, data_only=True)
            self.epoch: datetime = self._workbook.epoch
            self._has_shown_numbers = has_shown_numbers(self._workbook)
            self._formulas = (
                load_workbook(handle, read_only=True) if _has_formulas(handle) else None
            )
            headers = [self._header_of(sheet, known_columns) for sheet in self._workbook.worksheets]
        except _DAMAGE as error:
            raise UnreadableFileError("the workbook is damaged; save it again") from error
        found = [header for header in headers if header is not None]
        if not found:
            raise UnreadableFileError("the workbook has no rows")
        self._sheet, self._header_row, self.header = max(
            found, key=lambda header: known_columns(header[2])
        )

    def batches(self) -> Iterator[Batch]:
        """The rows below the header, as wide as the header."""
        batch = Batch()
        try:
            for number, cells in enumerate(self._rows(), start=1):
                if number > self._header_row:
                    self._add(batch, number, cells)
                if len(batch.rows) + len(batch.unreadable) >= BATCH_ROWS:
                    yield batch
                    batch = Batch()
        except _DAMAGE as error:
            raise UnreadableFileError("the workbook is damaged; save it again") from error
        yield batch

    def _values(self) -> Iterator[Sequence[Any]]:
        """All rows as values; where a number format shows another number, as shown.

        Most workbooks have no such format, and rows of bare values are read twice as fast.
        """
        if not self._has_shown_numbers:
            yield from self._sheet.iter_rows(values_only=True)
            return
        for cells in self._sheet.iter_rows():
            yield [
                shown(cell.value, cell.number_format) if cell.data_type == "n" else cell.value
                for cell in cells
            ]

    def _rows(self) -> Iterator[Sequence[Any]]:
        """All rows; a formula that nobody calculated is marked, for it is no empty cell."""
        values = self._values()
        if self._formulas is None:
            yield from values
            return
        written = self._formulas[self._sheet.title]
        written.reset_dimensions()
        for cells, formulas in zip_longest(
            values, written.iter_rows(values_only=True), fillvalue=()
        ):
            yield [
                FORMULA if value is None and _is_formula(text) else value
                for value, text in zip_longest(cells, formulas)
            ]

    def _header_of(
        self, sheet: Any, known_columns: Callable[[list[str]], int]
    ) -> tuple[Any, int, list[str]] | None:
        """The first row that is not blank, with its number; or, where only titles are above it,
        the row that has most of the known columns."""
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, max_row=HEADER_SEARCH_ROWS)
        found = [
            (sheet, number, names)
            for number, cells in enumerate(rows, start=1)
            if (names := _names(cells))
        ]
        if not found:
            return None
        best = max(found, key=lambda header: known_columns(header[2]))
        above = [names for _, number, names in found if number < best[1]]
        return best if all(_is_title(names, best[2]) for names in above) else found[0]

    def _add(self, batch: Batch, number: int, cells: Sequence[Any]) -> None:
        row = [_cell(cell) for cell in cells]
        width = len(self.header)
        if all(cell is None for cell in row):
            return
        if any(cell is not None for cell in row[width:]):
            found = f"{len(row)} fields"
            batch.unreadable.append(UnreadableLine(number, found))
            return
        batch.source_rows.append(number)
        batch.rows.append(row[:width] + [None] * (width - len(row)))


def _names(cells: Sequence[Any]) -> list[str]:
    """A row as a header; an empty list when it is blank."""
    names = ["" if cell is None else str(cell) for cell in cells]
    while names and not names[-1].strip():
        names.pop()
    return names


def _is_title(names: list[str], header: list[str]) -> bool:
    """Whether a row above a header has so few cells that it holds no record."""
    return 2 * sum(map(bool, map(str.strip, names))) < len(header)


def _check_size(handle: BinaryIO, limit_mb: int) -> None:
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
    if size > limit_mb * MEGABYTE:
        raise too_large(limit_mb)


def _has_formulas(handle: BinaryIO) -> bool:
    """Whether any sheet has one; most have none and need be read only once."""
    handle.seek(0)
    with zipfile.ZipFile(handle) as archive:
        sheets = (name for name in archive.namelist() if name.startswith("xl/worksheets/"))
        return any(_holds(archive, name, b"<f") for name in sheets)


def _holds(archive: zipfile.ZipFile, name: str, tag: bytes) -> bool:
    before = b""
    with archive.open(name) as member:
        while block := member.read(MEGABYTE):
            if any(tag + end in before + block for end in (b">", b" ", b"/")):
                return True
            before = block[-len(tag) :]
    return False


def _is_formula(cell: Any) -> bool:
    return isinstance(cell, ArrayFormula | DataTableFormula) or str(cell).startswith("=")


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
    if value is None or isinstance(value, int | date):
        return value
    if isinstance(value, time | timedelta):
        return str(value)
    text = str(value)
    return text if text.strip() else None

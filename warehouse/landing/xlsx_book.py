"""Excel workbooks (.xlsx, .xlsm) as openpyxl reads them; macros are never run."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from itertools import zip_longest
from typing import Any, BinaryIO

from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from warehouse.landing.cell_text import FORMULA
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.number_formats import needs_formats, shown, shows_clock
from warehouse.landing.sheet_marks import SheetMarks, holds, sheet_marks
from warehouse.landing.workbook_parts import LostSheet, NamedSheet, lost_sheets

# SyntaxError: of either XML parser that openpyxl may use.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError, KeyError, ValueError,
    TypeError, EOFError, OSError, AttributeError, IndexError, NotImplementedError,
)  # fmt: skip
# openpyxl's warnings quote cells, and cells may name patients.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")


class _Reader(ExcelReader):  # type: ignore[misc]
    """openpyxl's reader, which notes the sheets that openpyxl would pass over in silence.

    Links to other workbooks are not read: they hold no rows of this one.
    """

    def __init__(self, handle: BinaryIO, *, data_only: bool = False) -> None:
        super().__init__(handle, read_only=True, data_only=data_only, keep_links=False)
        self.names: list[str] = []
        self.lost: list[LostSheet] = []
        self.read()

    def read_worksheets(self) -> None:
        """Read those that are there and no charts, which have no rows."""
        named = [NamedSheet(sheet.name, sheet.id) for sheet in self.parser.sheets]
        self.names = [sheet.name for sheet in named]
        self.lost = list(lost_sheets(self.archive, self.parser.workbook_part_name, named))
        lost = {sheet.number for sheet in self.lost}
        there = [s for number, s in enumerate(self.parser.sheets, start=1) if number not in lost]
        self.parser.sheets = [s for s in there if "chartsheet" not in self.parser.rels[s.id].Type]
        if self.parser.sheets:
            super().read_worksheets()


class XlsxBook:
    """An XLSX or XLSM file. Raises UnreadableFileError when it is damaged."""

    file_format = "xlsx"
    unseen = None

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        with self.damage():
            reader = _Reader(handle, data_only=True)
            self.epoch: datetime = reader.wb.epoch
            self.sheets: list[Any] = reader.wb.worksheets
            self.sheet_names, self.lost = reader.names, reader.lost
            self._needs_formats = needs_formats(reader.wb)
            self._formulas = _Reader(handle).wb if _has_formulas(handle) else None

    @contextmanager
    def damage(self) -> Iterator[None]:
        """Raise UnreadableFileError instead of openpyxl's errors."""
        try:
            yield
        except _DAMAGE as error:
            raise UnreadableFileError("the workbook is damaged; save it again") from error

    def marks(self, sheet: Any) -> SheetMarks:
        """Hidden rows and merged cells of a sheet."""
        return sheet_marks(self._handle, str(sheet._worksheet_path))

    def values(self, sheet: Any) -> Iterator[Sequence[Any]]:
        """All rows; a formula that nobody calculated is marked, for it is no empty cell."""
        values = self._shown_values(sheet)
        if self._formulas is None:
            yield from values
            return
        written = self._formulas[sheet.title]
        written.reset_dimensions()
        for cells, formulas in zip_longest(
            values, written.iter_rows(values_only=True), fillvalue=()
        ):
            yield [
                FORMULA if value is None and _is_formula(text) else value
                for value, text in zip_longest(cells, formulas)
            ]

    def _shown_values(self, sheet: Any) -> Iterator[Sequence[Any]]:
        """All rows as values; where a number format shows another number or a bare day, as shown.

        Where there is no such format, rows of bare values are read twice as fast.
        """
        if not self._needs_formats:
            yield from sheet.iter_rows(values_only=True)
            return
        for cells in sheet.iter_rows():
            yield [_shown(cell) for cell in cells]


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

"""Workbooks of other kinds (.xls, .xlsb, .ods), as calamine reads them: values without formats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from itertools import islice
from typing import Any, BinaryIO
from xml.parsers.expat import ExpatError

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.ods_parts import lost_tables
from warehouse.landing.sheet_marks import SheetMarks, holds_any
from warehouse.landing.workbook_parts import LostSheet
from warehouse.landing.xlsb_parts import binary_sheets

# The first bytes of old Office documents, and of workbooks with a password.
OLE, XLS, XLSB, ODS = b"\xd0\xcf\x11\xe0", "xls", "xlsb", "ods"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
PASSWORD = "the workbook has a password; save it without one"
_UNSEEN = "number formats{} cannot be seen in .{}, and errors of formulas (#N/A) are empty cells"
# What calamine's own faults raise: no subclass of Exception, and of no module that is there.
_PANIC = "PanicException"


class _Sheet:
    """A sheet with the parts of openpyxl's that are needed."""

    def __init__(self, book: CalamineWorkbook, number: int) -> None:
        about = book.sheets_metadata[number]
        self.title = about.name
        self.sheet_state = "visible" if about.visible is SheetVisibleEnum.Visible else "hidden"
        self._open = book.get_sheet_by_index
        self._number = number
        self._read: CalamineSheet | None = None

    @property
    def content(self) -> CalamineSheet:
        """Its cells, read when they are first asked for."""
        if self._read is None:
            self._read = self._open(self._number)
        return self._read

    def reset_dimensions(self) -> None:
        """Do nothing: calamine finds out what is filled."""

    def iter_rows(
        self, min_row: int = 1, max_row: int | None = None, values_only: bool = True
    ) -> Iterator[Sequence[Any]]:
        """Rows from the first line of the sheet on; empty cells are None."""
        assert values_only
        start = self.content.start
        before = [None] * (start[1] if start else 0)
        for row in islice(self.content.iter_rows(), min_row - 1, max_row):
            yield [*before, *(None if cell == "" else cell for cell in row)]


class CalamineBook:
    """An XLS, XLSB or ODS file, whose dates are real ones: plain day numbers are none.

    Raises UnreadableFileError when it is damaged, has a password or is no workbook.
    """

    epoch = None
    lost: Sequence[LostSheet] = ()

    def __init__(self, handle: BinaryIO, file_format: str) -> None:
        self.file_format = file_format
        self.unseen = _UNSEEN.format(
            " and hidden rows" if file_format == XLS else ", hidden rows and merged cells",
            file_format,
        )
        if file_format == XLS and holds_any(handle, (_LOCKED,)):
            raise UnreadableFileError(PASSWORD)
        self.sheets: list[_Sheet] = []
        self.sheet_names: list[str] = []
        if file_format == XLSB:
            self.sheet_names, self.lost = binary_sheets(handle)
        handle.seek(0)
        # Where a sheet is lost, calamine may find no other one.
        with suppress(UnreadableFileError) if self.lost else nullcontext(), self.damage():
            self._find_sheets(CalamineWorkbook.from_filelike(handle))
            if file_format == ODS:
                self.lost = lost_tables(handle, self.sheet_names)

    def _find_sheets(self, book: CalamineWorkbook) -> None:
        lost = {sheet.name for sheet in self.lost}
        self.sheets = [
            _Sheet(book, number)
            for number, about in enumerate(book.sheets_metadata)
            if about.typ is SheetTypeEnum.WorkSheet and about.name not in lost
        ]
        self.sheet_names = self.sheet_names or [sheet.title for sheet in self.sheets]

    @contextmanager
    def damage(self) -> Iterator[None]:
        """Raise UnreadableFileError instead of calamine's errors."""
        try:
            yield
        except PasswordError as error:
            raise UnreadableFileError(PASSWORD) from error
        except (CalamineError, ExpatError, OSError, ValueError, OverflowError) as error:
            raise UnreadableFileError("the workbook is damaged; save it again") from error
        except BaseException as error:
            if type(error).__name__ != _PANIC:
                raise
            raise UnreadableFileError("the workbook is damaged; save it again") from None

    def values(self, sheet: _Sheet) -> Iterator[Sequence[Any]]:
        """All rows of a sheet."""
        return sheet.iter_rows()

    def marks(self, sheet: _Sheet) -> SheetMarks:
        """Merged cells of an XLS file; those of others are not known."""
        marks = SheetMarks()
        for (first_row, first), (last_row, last) in sheet.content.merged_cell_ranges or ():
            marks.add_merged(first, first_row + 1, last, last_row + 1)
        return marks

"""Reading delimited text line by line, so that a damaged line costs that line only."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from warehouse.definitions.site import SiteMapping
from warehouse.landing.encoding import DAMAGE, DAMAGE_HANDLER, detect_encoding, is_ascii
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.header_search import (
    DELIMITERS,
    HEADER_SEARCH_LINES,
    HEADER_SEARCH_ROWS,
    rows_of_header,
    text_header,
)
from warehouse.landing.no_record import kind_of_odd_line
from warehouse.landing.ragged import OddLine, RaggedLines
from warehouse.landing.table import BATCH_ROWS, Batch, UnreadableLine
from warehouse.landing.table_notes import MORE_DELIMITERS, ROW_NAMES, SHORT_LINES, TableNotes
from warehouse.landing.text_lines import (
    TOO_LONG,
    WHY_TOO_LONG,
    Feed,
    next_lines,
    physical_lines,
    split_line,
    why_unreadable,
)
from warehouse.landing.text_shape import TRIM, Probe, has_shape, shape_of

_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
# What may stand on a line without making it a row; \x1a is the end mark of old systems.
_RAGGED = {True: MORE_DELIMITERS, False: SHORT_LINES}
_BLANK = " \t\r\n\f\v\x00\x1a\ufeff"


class DelimitedTable:
    """A CSV, TSV or similar file. Raises UnreadableFileError when it has no header."""

    file_format = "csv"
    epoch = None

    def __init__(
        self,
        handle: BinaryIO,
        mapping: SiteMapping,
        known_columns: Callable[[list[str]], int],
        header_row: int | None = None,
    ) -> None:
        self.encoding: str = detect_encoding(handle, mapping.encoding)
        self.is_ascii = is_ascii(handle)
        self.notes = TableNotes()
        handle.seek(0)
        text = io.TextIOWrapper(handle, self.encoding, errors=DAMAGE_HANDLER, newline="")
        self._lines = physical_lines(text)
        self._pending, _ = next_lines(self._lines, HEADER_SEARCH_LINES)
        self.delimiter, self.header = self._read_header(
            mapping.delimiter, known_columns, header_row
        )
        # Rows have as many fields as the header, or one more: that is known after the first batch.
        self._shape: str | None = None
        self._widths = {len(self.header), len(self.header) + 1}

    def batches(self, probe: Probe | None = None) -> Iterator[Batch]:
        """The rows below the header; a line that does not split is reported and passed over."""
        is_first = True
        while True:
            fresh, is_last = next_lines(self._lines, BATCH_ROWS)
            if not fresh and not self._pending:
                return
            batch, odd = Batch(), list[OddLine]()
            lines = self._pending + fresh
            used = self._split(lines, batch, odd, is_last)
            self._pending = lines[used:]
            self._next_line += used
            odd = [line for line in odd if not self._is_no_record(line, probe)]
            if is_first:
                self._find_shape(batch, odd, probe)
            self._settle(batch, odd, probe)
            is_first = False
            yield batch

    def _read_header(
        self,
        declared: str | None,
        known_columns: Callable[[list[str]], int],
        header_row: int | None,
    ) -> tuple[str, list[str]]:
        numbered = [
            (number, line)
            for number, line in enumerate(self._pending, start=1)
            if not _is_blank(line)
        ][: None if header_row else HEADER_SEARCH_ROWS + 1]
        delimiters: tuple[str, ...] = (declared,) if declared else DELIMITERS
        if numbered and (separator := _SEPARATOR_LINE.fullmatch(numbered[0][1])):
            delimiters, numbered = (separator[1],), numbered[1:]
        numbered = rows_of_header(numbered, header_row)
        header, delimiter = text_header(numbered, delimiters, known_columns)
        if TOO_LONG in header.names[-1]:
            raise UnreadableFileError(
                f"the header has {WHY_TOO_LONG}; deliver the columns that belong to the table alone"
            )
        for line in header.titles:
            self.notes.titles.add(line)
        del self._pending[: header.row]
        self._header_row, self._next_line = header.row, header.row + 1
        return delimiter, header.names

    def _split(self, lines: list[str], batch: Batch, odd: list[OddLine], is_last: bool) -> int:
        """Split lines into the batch; returns how many were used up."""
        if not any('"' in line for line in lines):
            self._split_plain(lines, batch, odd)
            return len(lines)
        return self._split_quoted(lines, batch, odd, is_last)

    def _split_plain(self, lines: list[str], batch: Batch, odd: list[OddLine]) -> None:
        """Without quotes every line is a record."""
        reader = csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)
        for number, line in enumerate(lines, start=self._next_line):
            try:
                self._add(batch, odd, number, line, next(reader))
            except csv.Error:
                batch.unreadable.append(UnreadableLine(number, "a field that is too long"))

    def _split_quoted(
        self, lines: list[str], batch: Batch, odd: list[OddLine], is_last: bool
    ) -> int:
        """Records may span lines; one that never ends properly costs its first line."""
        feed = Feed(lines)
        reader = csv.reader(feed, delimiter=self.delimiter, strict=True)
        while feed.position < len(lines):
            start = feed.begin()
            number = self._next_line + start
            try:
                row = next(reader)
            except csv.Error as error:
                if feed.position == len(lines) and not is_last and not feed.is_exhausted:
                    return start
                feed.position = start + 1
                batch.unreadable.append(UnreadableLine(number, why_unreadable(error)))
                reader = csv.reader(feed, delimiter=self.delimiter, strict=True)
                continue
            record = lines[start : feed.position]
            if len(record) > 1 and not self._is_one_record(row, record):
                feed.position = start + 1
                batch.unreadable.append(UnreadableLine(number, "a quote that is never closed"))
                continue
            self._add(batch, odd, number, "".join(record), row)
        return len(lines)

    def _is_one_record(self, row: list[str], record: list[str]) -> bool:
        """Whether lines belong together: the row is complete, and none of them is one by itself.

        A quote that was forgotten in one row is closed by a later row's quote; the rows between
        them would vanish inside a field.
        """
        return len(row) in self._widths and not any(
            line.count('"') % 2 == 0 and len(split_line(line, self.delimiter) or ()) in self._widths
            for line in record[1:]
        )

    def _add(
        self, batch: Batch, odd: list[OddLine], number: int, record: str, row: list[str]
    ) -> None:
        if not any(row) or not any(cell.strip(_BLANK) for cell in row):
            return
        if TOO_LONG in record:
            batch.unreadable.append(UnreadableLine(number, WHY_TOO_LONG))
        elif DAMAGE in record:
            batch.unreadable.append(UnreadableLine(number, f"bytes that are not {self.encoding}"))
        elif self._shape is None and len(row) == len(self.header):
            batch.source_rows.append(number)
            batch.rows.append(row)
        elif self._shape is not None and has_shape(row, self._shape, len(self.header)):
            batch.source_rows.append(number)
            batch.rows.append(TRIM[self._shape](row))
        else:
            odd.append(OddLine(number, row, record.endswith(("\n", "\r"))))

    def _is_no_record(self, line: OddLine, probe: Probe | None) -> bool:
        """Whether a line of another width is a total, a remark or of another table. Notes it then.

        Raises UnreadableFileError when it is another header.
        """
        if probe is not None:
            probe.refuse_other_header(line.row, line.number)
            if probe.is_below(line.row, line.number, self.notes):
                return True
        kind = kind_of_odd_line(line.row)
        if kind is not None:
            self.notes.no_records[kind].add(line.number)
        return kind is not None

    def _find_shape(self, batch: Batch, odd: list[OddLine], probe: Probe | None) -> None:
        """See whether all rows have the same one field too many."""
        if probe is not None and not batch.rows and not batch.unreadable:
            self._shape = shape_of([line.row for line in odd], len(self.header), probe)
        self._widths = {len(self.header) + (self._shape is not None)}

    def _settle(self, batch: Batch, odd: list[OddLine], probe: Probe | None) -> None:
        """Lines of another width are rows of the table's shape, or ragged ones, or unreadable."""
        if self._shape is not None:
            for number in batch.source_rows:
                self.notes.layout[self._shape].add(number)
        width, ragged = len(self.header), None
        if odd and probe is not None and self._shape != ROW_NAMES:
            ragged = RaggedLines(odd, [self._header_row, *batch.source_rows], width, probe)
        for line in odd:
            number, row, _ = line
            if self._shape is not None and has_shape(row, self._shape, width):
                self._take(batch, number, TRIM[self._shape](row), self._shape)
                continue
            if (taken := ragged.row(line) if ragged else None) is None:
                batch.unreadable.append(UnreadableLine(number, _count(len(row))))
                continue
            beside = [at for at, cell in enumerate(row[width:], start=width) if cell.strip()]
            batch.beside += [(number, at) for at in beside]
            kind = None if beside or len(row) == width else _RAGGED[len(row) > width]
            self._take(batch, number, taken, kind)
        batch.in_order()

    def _take(self, batch: Batch, number: int, row: list[str], kind: str | None) -> None:
        batch.source_rows.append(number)
        batch.rows.append(row)
        if kind is not None:
            self.notes.layout[kind].add(number)


def _is_blank(line: str) -> bool:
    return not line.strip(_BLANK)


def _count(fields: int) -> str:
    return "1 field" if fields == 1 else f"{fields} fields"

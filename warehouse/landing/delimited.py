"""Reading delimited text line by line, so that a damaged line costs that line only."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import BinaryIO

from warehouse.definitions.site import SiteMapping
from warehouse.landing.encoding import DAMAGE, DAMAGE_HANDLER, detect_encoding, is_ascii
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.table import BATCH_ROWS, Batch, UnreadableLine

DELIMITERS = (",", ";", "\t", "|")
MAX_LINE_CHARACTERS = 1 << 20
MAX_RECORD_LINES = 500
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
# What may stand on a line without making it a row; \x1a is the end mark of old systems.
_BLANK = " \t\r\n\f\v\x00\x1a\ufeff"


class DelimitedTable:
    """A CSV, TSV or similar file. Raises UnreadableFileError when it has no header."""

    file_format = "csv"
    epoch = None

    def __init__(
        self, handle: BinaryIO, mapping: SiteMapping, known_columns: Callable[[list[str]], int]
    ) -> None:
        self.encoding: str = detect_encoding(handle, mapping.encoding)
        self.is_ascii = is_ascii(handle)
        handle.seek(0)
        text = io.TextIOWrapper(handle, self.encoding, errors=DAMAGE_HANDLER, newline="")
        self._lines = _physical_lines(text)
        self._next_line = 1
        self._pending: list[str] = []
        self.delimiter: str = mapping.delimiter or ""
        self.header = self._read_header(known_columns)

    def batches(self) -> Iterator[Batch]:
        """The rows below the header; a line that does not split is reported and passed over."""
        while True:
            fresh = list(islice(self._lines, BATCH_ROWS))
            if not fresh and not self._pending:
                return
            batch = Batch()
            lines = self._pending + fresh
            used = self._split(lines, batch, is_last=len(fresh) < BATCH_ROWS)
            self._pending = lines[used:]
            self._next_line += used
            yield batch

    def _read_header(self, known_columns: Callable[[list[str]], int]) -> list[str]:
        """The first line that is not blank; its delimiter is the one that finds most columns."""
        for line in self._lines:
            self._next_line += 1
            separator = _SEPARATOR_LINE.fullmatch(line)
            if separator:
                self.delimiter = separator[1]
            elif not _is_blank(line):
                return self._split_header(line, known_columns)
        raise UnreadableFileError("the file is empty")

    def _split_header(self, line: str, known_columns: Callable[[list[str]], int]) -> list[str]:
        candidates = [self.delimiter] if self.delimiter else DELIMITERS
        headers = {delimiter: _split_line(line, delimiter) or [] for delimiter in candidates}
        self.delimiter = max(headers, key=lambda delimiter: known_columns(headers[delimiter]))
        if not headers[self.delimiter]:
            raise UnreadableFileError("the header line cannot be split into columns")
        return headers[self.delimiter]

    def _split(self, lines: list[str], batch: Batch, is_last: bool) -> int:
        """Split lines into the batch; returns how many were used up."""
        if not any('"' in line for line in lines):
            self._split_plain(lines, batch)
            return len(lines)
        return self._split_quoted(lines, batch, is_last)

    def _split_plain(self, lines: list[str], batch: Batch) -> None:
        """Without quotes every line is a record."""
        reader = csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)
        for number, line in enumerate(lines, start=self._next_line):
            try:
                self._add(batch, number, line, next(reader))
            except csv.Error:
                batch.unreadable.append(UnreadableLine(number, "a field that is too long"))

    def _split_quoted(self, lines: list[str], batch: Batch, is_last: bool) -> int:
        """Records may span lines; one that never ends properly costs its first line."""
        feed = _Feed(lines)
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
                batch.unreadable.append(UnreadableLine(number, _why(error)))
                reader = csv.reader(feed, delimiter=self.delimiter, strict=True)
                continue
            record = lines[start : feed.position]
            if len(record) > 1 and not self._is_one_record(row, record):
                feed.position = start + 1
                batch.unreadable.append(UnreadableLine(number, "a quote that is never closed"))
                continue
            self._add(batch, number, "".join(record), row)
        return len(lines)

    def _is_one_record(self, row: list[str], record: list[str]) -> bool:
        """Whether lines belong together: the row is complete, and none of them is one by itself.

        A quote that was forgotten in one row is closed by a later row's quote; the rows between
        them would vanish inside a field.
        """
        width = len(self.header)
        return len(row) == width and not any(
            line.count('"') % 2 == 0 and len(_split_line(line, self.delimiter) or ()) == width
            for line in record[1:]
        )

    def _add(self, batch: Batch, number: int, record: str, row: list[str]) -> None:
        if not any(row) or not any(cell.strip(_BLANK) for cell in row):
            return
        if DAMAGE in record:
            batch.unreadable.append(UnreadableLine(number, f"bytes that are not {self.encoding}"))
        elif len(row) != len(self.header):
            batch.unreadable.append(UnreadableLine(number, _count(len(row))))
        else:
            batch.source_rows.append(number)
            batch.rows.append(row)


class _Feed:
    """Lines for csv.reader that can be set back, and that end a record that has too many."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self.position = 0
        self._end = 0

    def begin(self) -> int:
        """A record begins here."""
        self._end = min(self.position + MAX_RECORD_LINES, len(self._lines))
        return self.position

    @property
    def is_exhausted(self) -> bool:
        """Whether the record was ended for its length, not for want of lines."""
        return self._end < len(self._lines)

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self.position >= self._end:
            raise StopIteration
        line = self._lines[self.position]
        self.position += 1
        return line


def _physical_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines with their ends; one beyond the limit is cut and marked as damaged."""
    for line in iter(partial(text.readline, MAX_LINE_CHARACTERS), ""):
        if len(line) < MAX_LINE_CHARACTERS or line.endswith(("\n", "\r")):
            yield line
            continue
        while (rest := text.readline(MAX_LINE_CHARACTERS)) and not rest.endswith(("\n", "\r")):
            pass
        yield line[:MAX_RECORD_LINES].replace('"', "") + DAMAGE + "\n"


def _split_line(line: str, delimiter: str) -> list[str] | None:
    """One line as a record of its own, or None."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), None)
    except csv.Error:
        return None


def _is_blank(line: str) -> bool:
    return not line.strip(_BLANK)


def _why(error: csv.Error) -> str:
    if "field limit" in str(error):
        return "a field that is too long"
    return "a quote that is never closed or does not enclose a whole field"


def _count(fields: int) -> str:
    return "1 field" if fields == 1 else f"{fields} fields"

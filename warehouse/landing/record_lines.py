"""Distinction of records from other lines: repeated headers, units, totals and remarks.

A row with a value of any dated or coded field is a record, and so is one that has something like an
identifier or a name, whatever else is wrong with it: both stay rows, with a query for each fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any

from warehouse.definitions.dictionary import DictionaryField, Extract
from warehouse.landing.cell_parser import UNREADABLE, CellReader
from warehouse.landing.cell_text import Cell, as_text, clean, clean_name
from warehouse.landing.errors import UnreadableFileError
from warehouse.landing.headers import ColumnMap, HeaderReader
from warehouse.landing.no_record import (
    MOST_REMARK_CELLS,
    is_explanation,
    is_remark,
    is_sentence,
    is_total_label,
    is_value,
    may_be_identifier,
)
from warehouse.landing.table import Batch
from warehouse.landing.table_notes import (
    EXPLANATION,
    REMARK,
    REPEATED_HEADER,
    TOTAL,
    UNSEEN_PERCENT,
    UNSEEN_ZEROS,
    TableNotes,
)

FEWEST_NAMES = 2
_NUMBERS = ("integer", "number")


class RecordLines:
    """Records among the rows of one table, by the fields of its columns."""

    def __init__(
        self,
        extract: Extract,
        headers: Sequence[HeaderReader],
        header: Sequence[str],
        columns: ColumnMap,
        readers: Mapping[str, CellReader],
    ) -> None:
        """``headers`` read the extract's own header, and those of other extracts."""
        self._header = list(header)
        self._headers, *others = headers
        self._other_extracts = {reader.extract: reader for reader in others}
        self._typed = [
            (at, field, readers[field.name])
            for field in extract.fields
            if _is_typed(field) and (at := columns.positions.get(field.name)) is not None
        ]
        self.identifiers = _places(extract, columns, lambda field: field.identifier == "key")
        self._personal = _places(extract, columns, lambda field: field.identifier == "direct")
        self._parts = _places(extract, columns, _is_typed) - {at for at, *_ in self._typed}
        self._typed_at = {at: (field, reader) for at, field, reader in self._typed}
        self.required = _places(
            extract,
            columns,
            lambda field: field.constraints.required or field.name in extract.primary_key,
        )
        self._unnamed = [at for at, name in enumerate(header) if not clean_name(name)]
        self.texts = tuple(sorted(set(range(len(header))) - {at for at, *_ in self._typed}))
        known = self.identifiers | self._personal | self._parts | {at for at, *_ in self._typed}
        self.last_known = max(known, default=-1)

    def fit(self, rows: Sequence[Sequence[Cell]]) -> tuple[int, int]:
        """Count the filled typed cells of these rows, and those that are no values."""
        found = [
            _is_value(value, row[at], field, reader)
            for row in rows
            for at, field, reader in self._typed
            if (value := reader[row[at]]) is not None
        ]
        return len(found), found.count(False)

    def is_misfit(self, at: int, cell: Cell) -> bool:
        """Whether a cell is filled and would be no value in a column."""
        typed = self._typed_at.get(at)
        return typed is not None and _misfits(cell, *typed)

    def sort_out(self, batch: Batch, notes: TableNotes) -> None:
        """Take the lines that are no records out of a batch, and note them.

        Below the header of another extract all lines are unread. Raises UnreadableFileError at
        another header of this one: what is below it would be read as what it is not.
        """
        kinds: list[str | None] = []
        for row, line in zip(batch.rows, batch.source_rows, strict=True):
            kind = None if notes.below else self._kind(row, line)
            if kind in self._other_extracts:
                notes.begin_below(str(kind), line)
            kinds.append(kind)
        if notes.below:
            notes.below.rows += batch.cut_from(notes.below.line)
            del kinds[len(batch.rows) :]
        if any(kinds):
            for kind, line in zip(kinds, batch.source_rows, strict=True):
                if kind is not None:
                    notes.no_records[kind].add(line)
            is_record = [kind is None for kind in kinds]
            batch.rows = list(compress(batch.rows, is_record))
            batch.source_rows = list(compress(batch.source_rows, is_record))
        for line, at in batch.beside:
            notes.unnamed[at].add(line)
        for at in self._unnamed:
            for line, row in zip(batch.source_rows, batch.rows, strict=True):
                if clean(as_text(row[at])):
                    notes.unnamed[at].add(line)
        if notes.hides_formats:
            self._note_unseen(batch, notes)

    def _note_unseen(self, batch: Batch, notes: TableNotes) -> None:
        """Note numbers that mean something else where their format, which is not seen, says so."""
        percents = [at for at, field, _ in self._typed if field.unit == "%"]
        for line, row in zip(batch.source_rows, batch.rows, strict=True):
            if any(isinstance(row[at], int | float) for at in self.identifiers):
                notes.layout[UNSEEN_ZEROS].add(line)
            cells = (row[at] for at in percents)
            if any(isinstance(cell, int | float) and 0 < cell <= 1 for cell in cells):
                notes.layout[UNSEEN_PERCENT].add(line)

    def is_below(self, cells: Sequence[str], line: int, notes: TableNotes) -> bool:
        """Whether a line of another width begins another table, or is one of its rows. Notes it."""
        if notes.below:
            notes.below.rows += 1
        elif other := self._other_extract(list(map(clean, cells))):
            notes.begin_below(other, line)
        return notes.below is not None

    def refuse_other_header(self, cells: Sequence[str], line: int) -> None:
        """Raise UnreadableFileError when a line is a header whose columns stand elsewhere."""
        if any(map(str.isdigit, cells)):  # as in most rows, and in no header
            return
        known = self._headers.known_columns(list(cells))
        same = self._headers.same_columns(self._header, cells)
        if known > same and _is_most(known, cells):
            raise UnreadableFileError(
                f"line {line} is another header, and its columns are not those of the first; "
                "deliver the parts as files of their own",
                found=f"another header on line {line}",
            )

    def _other_extract(self, texts: Sequence[str]) -> str | None:
        """The extract whose header a line is, with all that it needs; None of the own one."""
        if any(map(str.isdigit, texts)):
            return None
        own = self._headers.known_columns(list(texts))
        for extract, reader in self._other_extracts.items():
            known = reader.known_columns(list(texts))
            if known > own and _is_most(known, texts) and reader.has_required(texts):
                return extract
        return None

    def _kind(self, row: Sequence[Cell], line: int) -> str | None:
        """Return the kind of a line (an extract for its header); None for a record."""
        has_numbers, misfits = False, 0
        for at, field, reader in self._typed:
            cell = row[at]
            value = reader[cell]
            if value is None:
                continue
            if not _is_value(value, cell, field, reader):
                misfits += 1
            elif field.type not in _NUMBERS or field.codes:
                return None
            else:
                has_numbers = True
        texts = [clean(as_text(cell)) for cell in row]
        if self._is_total(texts):
            return TOTAL
        return None if has_numbers else self._kind_without_values(texts, misfits, line)

    def _is_total(self, texts: Sequence[str]) -> bool:
        """Whether the first cell says so, and nothing else could be an identifier."""
        first = next((at for at, text in enumerate(texts) if text), None)
        if first is None or not is_total_label(texts[first]):
            return False
        filled = [text for text in texts if text]
        if (
            len(filled) == MOST_REMARK_CELLS
            and len(texts) > 2 * len(filled)
            and is_value(filled[1])
        ):
            return True  # a count may stand below a number of patients
        return not any(may_be_identifier(texts[at]) for at in self.identifiers - {first})

    def _kind_without_values(self, texts: Sequence[str], misfits: int, line: int) -> str | None:
        self.refuse_other_header(texts, line)
        if other := self._other_extract(texts):
            return other
        if _is_most(self._headers.same_columns(self._header, texts), texts):
            return REPEATED_HEADER
        filled = [text for text in texts if text]
        is_somebody = (
            any(may_be_identifier(texts[at]) for at in self.identifiers)
            or any(texts[at] for at in self._personal)
            or any(is_value(texts[at]) for at in self._parts)
        )
        if is_somebody or not filled:
            return None
        if is_remark(filled):
            keys = (texts[at] for at in self.identifiers)
            return REMARK if all(is_sentence(text) for text in keys if text) else None
        return EXPLANATION if is_explanation(filled, misfits) else None


def _is_typed(field: DictionaryField) -> bool:
    """Whether not every text is a value of the field."""
    return field.identifier is None and (field.type != "string" or field.codes is not None)


def _is_value(value: Any, cell: Cell, field: DictionaryField, reader: CellReader) -> bool:
    """Whether a filled cell holds a value; a text that is no code is none."""
    return value is not UNREADABLE and not (field.type == "string" and cell in reader.suspects)


def _misfits(cell: Cell, field: DictionaryField, reader: CellReader) -> bool:
    value = reader[cell]
    return value is not None and not _is_value(value, cell, field, reader)


def _places(extract: Extract, columns: ColumnMap, is_meant: Any) -> frozenset[int]:
    """The columns of which fields of a kind are read, or made."""
    names = {field.name for field in extract.fields if is_meant(field)}
    single = {at for name, at in columns.positions.items() if name in names}
    made = [column.positions for name, column in columns.combined.items() if name in names]
    return frozenset(single.union(*made))


def _is_most(count: int, texts: Sequence[str]) -> bool:
    """Whether so many are at least half of the filled cells, and at least two."""
    return count >= FEWEST_NAMES and 2 * count >= sum(map(bool, texts))

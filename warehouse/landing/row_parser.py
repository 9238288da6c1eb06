"""Parsing of an opened file's rows: typed, pseudonymized columns, and their violations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Any, NamedTuple

import pyarrow as pa

from warehouse.definitions.dictionary import KEY_SEPARATOR, DictionaryField, Extract
from warehouse.landing.cell_parser import UNREADABLE, CellReader
from warehouse.landing.cell_text import Cell, as_text, clean
from warehouse.landing.field_cells import field_cells, with_blanks
from warehouse.landing.field_rules import Rules
from warehouse.landing.headers import ColumnMap, HeaderReader
from warehouse.landing.identifiers import alike
from warehouse.landing.pseudonyms import Pseudonymizer
from warehouse.landing.record_lines import RecordLines
from warehouse.landing.row_choice import RowChoice
from warehouse.landing.schemas import landed_schema
from warehouse.landing.table import Batch, Table
from warehouse.landing.violations import FileIdentity, TypeWords, Violation, file_violation

# Fewer numbers may be those of their rows by chance.
COPIED_MIN = 3
# Of the patient's number a second pseudonym is kept, for the search of near misses.
PATIENT, ALIKE = "patient_id", "patient_alike"


class ParsedBatch(NamedTuple):
    """A batch of rows as they are landed, and the violations found in it.

    ``cells``: of each delivered field, how many cells are filled and how many are no value of it.
    ``unreadable_as`` is what is wrong with the lines that do not split.
    """

    rows: pa.RecordBatch
    violations: list[Violation]
    unreadable: int
    cells: dict[str, tuple[int, int]]
    unreadable_as: set[str]


class RowParser:
    """Parses the batches of one file.

    Without ``takes_all_rows``, rows that have nothing but identifiers are passed over: that line of
    a wide file has no such record. ``readers`` know of the columns what the rows do not say, and
    ``choice`` which conditions of the mapping found their values.
    """

    def __init__(
        self, extract: Extract, rules: Rules, identity: FileIdentity, pseudonyms: Pseudonymizer,
        takes_all_rows: bool = True,
    ) -> None:  # fmt: skip
        self.extract = extract
        self.takes_all_rows = takes_all_rows
        self.choice = RowChoice({}, (), rules.compared)
        self.rules = rules
        self.identity = identity
        self.pseudonyms = pseudonyms
        self.readers: dict[str, CellReader] = {}
        self.schema = landed_schema(extract)
        self.words = {
            field.name: TypeWords(extract.name, field, rules.words) for field in extract.fields
        }

    def parse(
        self, table: Table, columns: ColumnMap, headers: Sequence[HeaderReader]
    ) -> Iterator[ParsedBatch]:
        """All batches of an opened file, in order. Raises UnreadableFileError.

        Lines that are no records are noted in the table, and are in no batch; nor are those below
        the header of another extract. ``headers`` read the own one, and those of others.
        """
        self.readers = {
            field.name: CellReader(field, self.rules, table.epoch) for field in self.extract.fields
        }
        self.choice = RowChoice(columns.conditions, columns.skip_rows, self.rules.compared)
        records = RecordLines(self.extract, headers, table.header, columns, self.readers)
        for batch in table.batches(records):
            self.choice.leave_out(batch, table.notes)
            records.sort_out(batch, table.notes)
            yield _BatchParser(self, batch, columns, self.readers).parsed()
            for reader in self.readers.values():
                reader.forget()


class _BatchParser:
    """One batch, column by column."""

    def __init__(
        self,
        parser: RowParser,
        batch: Batch,
        columns: ColumnMap,
        readers: dict[str, CellReader],
    ) -> None:
        self._parser = parser
        self._extract = parser.extract
        self._batch = batch
        self._readers = readers
        self._cells = field_cells(batch.rows, columns, readers)
        self._numbers = batch.source_rows
        made = columns.combined.items()
        self._constants = {name for name, column in made if column.recipe.constant}
        if not parser.takes_all_rows:
            self._pass_over_empty_rows()
        self._cells = {
            name: with_blanks(cells, readers[name]) for name, cells in self._cells.items()
        }
        for name, cells in self._cells.items():
            readers[name].see(cells)
        self._alike: list[str | None] = [None] * len(self._numbers)
        self._absent = (None,) * len(self._numbers)
        self._unparsed: list[list[str]] = [[] for _ in self._numbers]
        self._found: list[tuple[int, int, str, str, tuple[str, ...], bool]] = []
        self._counts: dict[str, tuple[int, int]] = {}
        self._assumed: dict[int, str] = {}

    def _pass_over_empty_rows(self) -> None:
        own = [
            map(self._readers[field.name].__getitem__, self._cells[field.name])
            for field in self._extract.fields
            if field.name in self._cells.keys() - self._constants and not field.identifier
        ]
        filled = [any(value is not None for value in row) for row in zip(*own, strict=True)]
        self._numbers = list(compress(self._numbers, filled))
        self._cells = {name: tuple(compress(cells, filled)) for name, cells in self._cells.items()}

    def parsed(self) -> ParsedBatch:
        fields = self._extract.landed_fields
        values = {field.name: self._values(order, field) for order, field in enumerate(fields)}
        self._mark_lower_limits(values)
        record_keys = self._record_keys(values)
        columns = [
            *self._lineage(record_keys),
            *(values[field.name] for field in fields),
            self._unparsed,
        ]
        schema = self._parser.schema
        arrays = [
            pa.array(column, type=kind) for column, kind in zip(columns, schema.types, strict=True)
        ]
        rows = pa.RecordBatch.from_arrays(arrays, schema=schema)
        unreadable = self._batch.unreadable
        return ParsedBatch(
            rows, self._violations(record_keys), len(unreadable), self._counts,
            {line.found for line in unreadable},
        )  # fmt: skip

    def _values(self, order: int, field: DictionaryField) -> list[Any]:
        cells = self._cells.get(field.name, self._absent)
        if field.identifier == "key":
            return self._pseudonyms_of(order, field, cells)
        reader = self._readers[field.name]
        values = list(map(reader.__getitem__, cells))
        bad = values.count(UNREADABLE)
        reader.count_undeclared(cells)
        if reader.suspects:
            bad += self._hide_identifiers(reader, cells, values)
        if field.type in ("integer", "number") and self._are_identifiers(cells):
            values = [value if value is None else UNREADABLE for value in values]
            bad = len(values) - values.count(None)
        if field.name in self._cells:
            self._counts[field.name] = (len(values) - values.count(None), bad)
        if UNREADABLE in values:
            self._note_unreadable(order, field, cells, values)
        for index in reader.assumed(values):
            self._assumed.setdefault(index, field.name)
        return values

    def _mark_lower_limits(self, values: dict[str, list[Any]]) -> None:
        """Mark the numbers that were written as lower limits, in the field that is for it."""
        for field in self._extract.fields:
            if field.top_coded_as and field.name in self._cells:
                is_limit = self._readers[field.name].is_lower_limit
                marked = zip(
                    values[field.name], self._cells[field.name], values[field.top_coded_as],
                    strict=True,
                )  # fmt: skip
                values[field.top_coded_as] = [
                    True if number is not None and is_limit(cell) else mark
                    for number, cell, mark in marked
                ]

    def _pseudonyms_of(
        self, order: int, field: DictionaryField, cells: tuple[Cell, ...]
    ) -> list[str | None]:
        reader, site = self._readers[field.name], self._parser.identity.site
        make = self._parser.pseudonyms.pseudonym
        reader.refuse_odd_ones(cells)
        identifiers = list(map(reader.__getitem__, cells))
        if UNREADABLE in identifiers:
            self._note_unreadable(order, field, cells, identifiers)
        if field.name == PATIENT:
            self._alike = [text and make(ALIKE, site, alike(text)) for text in identifiers]
        return [text and make(field.name, site, text) for text in identifiers]

    def _note_unreadable(
        self, order: int, field: DictionaryField, cells: tuple[Cell, ...], values: list[Any]
    ) -> None:
        """Empty the cells that could not be read, and note each for its violation."""
        reader = self._readers[field.name]
        for index, value in enumerate(values):
            if value is UNREADABLE:
                values[index] = None
                self._unparsed[index].append(field.landed_name or field.name)
                found = reader.quoted(cells[index], self._identifiers(index))
                several = reader.several_codes(cells[index])
                is_explained = reader.why_unreadable(cells[index]) is not None
                self._found.append((index, order, field.name, found, several, is_explained))

    def _hide_identifiers(
        self, reader: CellReader, cells: tuple[Cell, ...], values: list[Any]
    ) -> int:
        """Remove texts that hold an identifier of their own row.

        Returns how many cells of a coded field are no code.
        """
        suspects = [index for index, cell in enumerate(cells) if cell in reader.suspects]
        for index in suspects:
            values[index] = reader.guarded(cells[index], self._identifiers(index))
        return len(suspects) if reader.codes and reader.field.type == "string" else 0

    def _are_identifiers(self, cells: tuple[Cell, ...]) -> bool:
        """Whether a column of numbers repeats an identifier of each row, and so is none."""
        filled = [index for index, cell in enumerate(cells) if cell not in (None, "")]
        return len(filled) >= COPIED_MIN and all(
            clean(as_text(cells[index])) in self._identifiers(index) for index in filled
        )

    def _identifiers(self, index: int) -> tuple[str, ...]:
        """The identifiers of a row and what of it is not published, as cleaned text."""
        names = (
            field.name for field in self._extract.fields if field.identifier or not field.published
        )
        cells = (self._cells[name][index] for name in names if name in self._cells)
        return tuple(filter(None, (clean(as_text(cell)) for cell in cells)))

    def _record_keys(self, values: dict[str, list[Any]]) -> list[str | None]:
        """The key of each row: its preferred key where it has one, else its primary key.

        A row of which nobody knows which of the key's records it is has none.
        """
        parts = [values[name] for name in self._extract.primary_key]
        keys = [
            None if None in key else KEY_SEPARATOR.join(map(str, key))
            for key in zip(*parts, strict=True)
        ]
        if preferred := self._extract.preferred_key:
            keys = [own or key for own, key in zip(values[preferred], keys, strict=True)]
        if not (repeated := self._extract.repeated_by):
            return keys
        ends = {code: KEY_SEPARATOR + code for code in self._readers[repeated.field].codes}
        ends |= {None: "", repeated.unless: ""}
        which = [
            UNREADABLE if repeated.field in unparsed else value
            for value, unparsed in zip(values[repeated.field], self._unparsed, strict=True)
        ]
        return [
            key + ends[each] if key and each in ends else None
            for key, each in zip(keys, which, strict=True)
        ]

    def _lineage(self, record_keys: list[str | None]) -> list[list[Any]]:
        identity, numbers = self._parser.identity, self._numbers
        same = len(numbers)
        return [
            [identity.row_id(number) for number in numbers],
            [identity.site] * same,
            [identity.delivered_on] * same,
            [identity.source_file] * same,
            [identity.file_id] * same,
            numbers,
            record_keys,
            self._alike,
        ]

    def _violations(self, record_keys: list[str | None]) -> list[Violation]:
        """In the order of the file's lines, then of the fields."""
        numbers, words = self._numbers, self._parser.words
        cells = [
            words[name].violation(numbers[index], record_keys[index], *found)
            for index, _, name, *found in sorted(self._found)
        ]
        lines = [
            file_violation(
                self._extract.name, "line.readable", line.found, source_row=line.source_row
            )
            for line in self._batch.unreadable
        ]
        assumed = [
            file_violation(
                self._extract.name, "dates.complete", None, name, numbers[index]
            )._replace(record_key=record_keys[index])
            for index, name in self._assumed.items()
        ]
        return sorted([*cells, *assumed, *lines], key=lambda violation: violation.source_row or 0)

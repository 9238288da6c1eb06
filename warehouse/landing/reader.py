"""Reading one file from its bytes to parsed rows, without deciding where they go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa

from warehouse.definitions.dictionary import Dictionary, Extract
from warehouse.definitions.site import Part, SiteMapping
from warehouse.landing.column_remarks import (
    column_remarks,
    idle_rules,
    rules_at_work,
    sheets_at_work,
)
from warehouse.landing.errors import MissingColumnsError, UnreadableFileError
from warehouse.landing.field_rules import Rules
from warehouse.landing.file_snapshot import private_copy
from warehouse.landing.headers import ColumnMap, HeaderReader
from warehouse.landing.layout_queries import layout_violations
from warehouse.landing.limits import Limits, is_of_memory
from warehouse.landing.manifest import Manifest
from warehouse.landing.open_table import Opening, opened_table
from warehouse.landing.part_mapping import part_mapping
from warehouse.landing.pseudonyms import Pseudonymizer
from warehouse.landing.row_parser import ParsedBatch, RowParser
from warehouse.landing.schema_drift import (
    column_violations,
    file_violations,
    header_before,
    retyped_violations,
)
from warehouse.landing.table import Table
from warehouse.landing.table_notes import TableNotes
from warehouse.landing.text_shape import FEWEST_ROWS
from warehouse.landing.violations import FileIdentity, Violation, file_violation
from warehouse.landing.zip_archive import unzipped

# Text found for a line with another number of fields than the header.
FIELD_COUNT = re.compile(r"[0-9]+ fields?")


class Sink(Protocol):
    """Takes what is read from a file, batch by batch."""

    def take_rows(self, rows: pa.RecordBatch) -> None:
        """Rows as they are landed."""

    def take_violations(self, violations: Iterable[Violation]) -> None:
        """Take violations of these rows, or of the file."""


@dataclass(frozen=True)
class FileTask:
    """A file to be read: where it is, the content it must have, whose it is, the file before it.

    ``part`` is what of a wide file is read; ``sheets_at_work`` are the rules about sheets that
    matched in other files of the site, of any extract. ``member`` is what of a zip archive is read.
    In a trial required columns may be missing: its rows are looked at and not kept.
    """

    path: Path
    sha256: str
    mapping: SiteMapping
    identity: FileIdentity
    part: Part | None = None
    before: Manifest | None = None
    sheets_at_work: frozenset[str] = frozenset()
    member: str | None = None
    is_trial: bool = False

    @property
    def own_mapping(self) -> SiteMapping:
        """The site's mapping, with what the part says for itself."""
        return part_mapping(self.mapping, self.part) if self.part else self.mapping


@dataclass
class FileFacts:
    """Facts about a file from reading it; the fields are those of its manifest.

    ``reason`` is set when it cannot be read; ``violations`` then say why, all that a sink took
    before is void, and all of its rows are unread (None: nobody could count them).
    """

    file_format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    is_ascii: bool = False
    rows_landed: int = 0
    rows_unreadable: int = 0
    rows_no_record: int = 0
    rows_left_out: int = 0
    rows_unread: int | None = 0
    has_unread_records: bool = False
    unknown_columns: tuple[str, ...] = ()
    missing_columns: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)
    conversions: dict[str, str] = field(default_factory=dict)
    rules_at_work: tuple[str, ...] = ()
    reason: str | None = None
    limits: dict[str, int] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)

    @property
    def rows_in_file(self) -> int | None:
        """All rows below the header and in other sheets, blank ones apart; None if unknown."""
        if self.rows_unread is None:
            return None
        not_landed = self.rows_unreadable + self.rows_no_record + self.rows_left_out
        return self.rows_landed + not_landed + self.rows_unread

    def take_table(self, table: Table) -> None:
        """Note what the opened file is."""
        self.file_format, self.is_ascii = table.file_format, table.is_ascii
        self.encoding, self.delimiter = table.encoding, table.delimiter

    def take_columns(self, columns: ColumnMap, is_main: bool) -> None:
        """Note which columns there are."""
        self.columns, self.sources = columns.headers, columns.sources
        self.unknown_columns = columns.unknown if is_main else ()
        self.missing_columns = columns.missing

    def take_notes(self, notes: TableNotes) -> None:
        """Count what is no record, and what was not read."""
        self.rows_no_record, self.rows_unread = notes.rows_no_record, notes.rows_unread
        self.has_unread_records = notes.has_unread_records

    def take_batch(self, parsed: ParsedBatch) -> None:
        """Count a batch of rows."""
        self.rows_landed += parsed.rows.num_rows
        self.rows_unreadable += parsed.unreadable
        for name, (filled, bad) in parsed.cells.items():
            filled_so_far, bad_so_far = self.cells.get(name, (0, 0))
            self.cells[name] = (filled_so_far + filled, bad_so_far + bad)


class FileReader:
    """Reads files of any extract by the dictionary, within limits."""

    def __init__(
        self, words: Dictionary, pseudonyms: Pseudonymizer, limits: Limits, scratch_dir: Path
    ) -> None:
        self._words = words
        self._pseudonyms = pseudonyms
        self._limits = limits
        self._scratch_dir = scratch_dir

    def read(self, task: FileTask, sink: Sink) -> FileFacts:
        """Parse all rows of the file and hand them over. PostponedError if it has changed."""
        facts = FileFacts()
        try:
            with self._copy(task) as copy:
                self._read(copy, task, facts, sink)
        except MemoryError:
            return refused(task.identity.extract, self._limits.too_much_memory())
        except UnreadableFileError as error:
            if is_of_memory(error):
                return refused(task.identity.extract, self._limits.too_much_memory())
            _reject(facts, task.identity.extract, error)
            facts.rows_unread = error.rows
            if error.rows is None and not error.limits:
                facts.rows_unread = self._count_rows(task)
        return facts

    def _read(self, copy: BinaryIO, task: FileTask, facts: FileFacts, sink: Sink) -> None:
        extract = self._words.extracts[task.identity.extract]
        name, before = extract.name, task.before
        how = self._opening(task)
        with opened_table(copy, how) as table:
            facts.take_table(table)
            is_main = _is_main(task)
            columns = how.headers.read(
                table.header, header_before(before), how.others, requires=not task.is_trial
            )
            facts.take_columns(columns, is_main)
            if is_main:
                sink.take_violations(file_violations(name, table, before))
            sink.take_violations(column_violations(name, columns, before, is_main))
            rules = Rules(self._words, task.own_mapping, name)
            facts.conversions = _conversions(extract, rules)
            parser = RowParser(extract, rules, task.identity, self._pseudonyms, is_main)
            others = self._other_extracts(task)
            widths: set[str] = set()
            for parsed in parser.parse(table, columns, (how.headers, *others)):
                sink.take_rows(parsed.rows)
                sink.take_violations(parsed.violations)
                facts.take_batch(parsed)
                widths |= parsed.unreadable_as
            _refuse_other_width(facts, widths, len(table.header))
            facts.rows_left_out = table.notes.rows_left_out
            if is_main:
                facts.take_notes(table.notes)
                sink.take_violations(layout_violations(name, table.notes))
            sink.take_violations(retyped_violations(name, facts.cells, before))
            sink.take_violations(column_remarks(name, parser.readers))
            working, idle = rules_at_work(task.own_mapping, name, columns, parser)
            if is_main:
                sheets_working, sheets_idle = sheets_at_work(table.notes.ignored_sheets)
                working, idle = working | sheets_working, idle + sheets_idle
            worked_before = {*(before.rules_at_work if before else ()), *task.sheets_at_work}
            sink.take_violations(idle_rules(name, idle, worked_before))
            facts.rules_at_work = tuple(sorted({*working, *worked_before}))

    def _other_extracts(self, task: FileTask) -> tuple[HeaderReader, ...]:
        """Return header readers of other extracts; those of a wide file have the same columns."""
        own = task.identity.extract
        others = (extract for name, extract in self._words.extracts.items() if name != own)
        return () if task.part else tuple(HeaderReader(each, task.mapping) for each in others)

    def _count_rows(self, task: FileTask) -> int | None:
        """Count the rows of a rejected file; None when that is impossible."""
        how = self._opening(task)
        try:
            with (
                self._copy(task) as copy,
                opened_table(copy, how) as table,
            ):
                # What names no column at all is no header, but a row.
                rows = 0 if how.headers.known_columns(table.header) else 1
                rows += sum(len(batch.rows) + len(batch.unreadable) for batch in table.batches())
                return rows + table.notes.rows_no_record + table.notes.rows_unread
        except UnreadableFileError as error:
            return error.rows
        except MemoryError:
            return None

    @contextmanager
    def _copy(self, task: FileTask) -> Iterator[BinaryIO]:
        """A copy of the file, or of the member of an archive, that nobody changes."""
        with private_copy(task.path, task.sha256, self._scratch_dir) as copy:
            if task.member is None:
                yield copy
                return
            with unzipped(copy, task.member, self._limits, self._scratch_dir) as content:
                yield content

    def _opening(self, task: FileTask) -> Opening:
        """Return the header readers of the file and its other parts, with the limits."""
        own, mapping = task.part, task.mapping
        within = (mapping, self._limits, self._scratch_dir)
        if own is None:
            headers = HeaderReader(self._words.extracts[task.identity.extract], mapping)
            return Opening(headers, (), *within)
        others = tuple(
            HeaderReader(self._words.extracts[part.extract], part_mapping(mapping, part), part)
            for part in _siblings(own, mapping)
            if part != own
        )
        headers = HeaderReader(self._words.extracts[own.extract], task.own_mapping, own)
        return Opening(headers, others, *within)


def _siblings(part: Part, mapping: SiteMapping) -> tuple[Part, ...]:
    """All parts of the wide file that a part belongs to."""
    return next((parts for parts in mapping.files.values() if part in parts), (part,))


def _is_main(task: FileTask) -> bool:
    """Whether every row of the file is a row of this part: so it is of the first."""
    return task.part is None or _siblings(task.part, task.mapping)[0] == task.part


def _conversions(extract: Extract, rules: Rules) -> dict[str, str]:
    """Describe the fields that are converted from another unit."""
    units = {known.name: (rules.unit(known), known.unit) for known in extract.fields}
    return {
        name: f"{unit.unit} x {unit.factor:g} = {own}"
        for name, (unit, own) in units.items()
        if unit is not None
    }


def _refuse_other_width(facts: FileFacts, why: set[str], width: int) -> None:
    """Raise UnreadableFileError when no line has as many fields as the header."""
    counts = [found for found in why if FIELD_COUNT.fullmatch(found)]
    if not facts.rows_landed and facts.rows_unreadable >= FEWEST_ROWS and len(counts) == len(why):
        found = " or ".join(sorted(counts))
        raise UnreadableFileError(
            f"every line has {found} and the header {width}; deliver as many fields as columns, "
            "and put quotes around texts that hold the delimiter",
            found=f"{found} in every line, {width} in the header",
        )


def refused(extract: str, error: UnreadableFileError) -> FileFacts:
    """Return the facts of a file that is rejected before anything could be read."""
    facts = FileFacts(rows_unread=None)
    _reject(facts, extract, error)
    return facts


def _reject(facts: FileFacts, extract: str, error: UnreadableFileError) -> None:
    facts.reason, facts.limits = error.reason, error.limits
    facts.rows_landed = facts.rows_unreadable = facts.rows_no_record = facts.rows_left_out = 0
    facts.columns, facts.sources, facts.cells = (), {}, {}
    if isinstance(error, MissingColumnsError):
        facts.missing_columns, facts.unknown_columns = error.missing, error.unknown
        facts.violations = [
            file_violation(extract, error.rule, f"no '{name}'", name).advised(error.hints.get(name))
            for name in error.missing
        ]
    else:
        found = error.found or error.reason
        violation = file_violation(extract, error.rule, found, error.field)
        expected = error.expected or violation.expected
        facts.violations = [violation._replace(expected=expected)]

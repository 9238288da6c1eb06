"""Reading one file from its bytes to judged rows, without deciding where they go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa

from warehouse.dictionary import Dictionary, dictionary
from warehouse.landing.cells import Rules
from warehouse.landing.deliveries import extract_of
from warehouse.landing.errors import MissingColumnsError, UnreadableFileError
from warehouse.landing.headers import HeaderReader
from warehouse.landing.judge import RowJudge
from warehouse.landing.opening import opened_table
from warehouse.landing.secret import Pseudonymiser, throwaway_pseudonymiser
from warehouse.landing.source import file_sha256, private_copy
from warehouse.landing.violations import FileIdentity, Violation, file_violation
from warehouse.settings import Settings
from warehouse.site import SiteMapping, load_site


class Sink(Protocol):
    """Takes what is read from a file, batch by batch."""

    def take_rows(self, rows: pa.RecordBatch) -> None:
        """Rows as they are landed."""

    def take_violations(self, violations: Iterable[Violation]) -> None:
        """What landing objects to in these rows, or in the file."""


@dataclass(frozen=True)
class FileTask:
    """A file to be read: where it is, the content it must have, whose it is."""

    path: Path
    sha256: str
    mapping: SiteMapping
    identity: FileIdentity


@dataclass
class FileFacts:
    """What reading a file tells about it.

    ``reason`` is set when it cannot be read; ``objections`` then say why, and whatever a sink took
    before is void.
    """

    file_format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    rows_landed: int = 0
    rows_unreadable: int = 0
    unknown_columns: tuple[str, ...] = ()
    missing_columns: tuple[str, ...] = ()
    reason: str | None = None
    limit_mb: int | None = None
    objections: list[Violation] = field(default_factory=list)

    @property
    def rows_in_file(self) -> int:
        """All rows below the header, blank ones apart."""
        return self.rows_landed + self.rows_unreadable


class FileReader:
    """Reads files of any extract by the dictionary; ``limit_mb`` bounds their unpacked size."""

    def __init__(
        self, words: Dictionary, pseudonyms: Pseudonymiser, limit_mb: int, scratch_dir: Path
    ) -> None:
        self._words = words
        self._pseudonyms = pseudonyms
        self._limit_mb = limit_mb
        self._scratch_dir = scratch_dir

    def read(self, task: FileTask, sink: Sink) -> FileFacts:
        """Judge all rows of the file and hand them over. LeftForLaterError if it has changed."""
        facts = FileFacts()
        try:
            with private_copy(task.path, task.sha256, self._scratch_dir) as copy:
                self._read(copy, task, facts, sink)
        except UnreadableFileError as error:
            _set_aside(facts, task.identity.extract, error)
        return facts

    def _read(self, copy: BinaryIO, task: FileTask, facts: FileFacts, sink: Sink) -> None:
        extract = self._words.extracts[task.identity.extract]
        headers = HeaderReader(extract, task.mapping)
        with opened_table(copy, headers, task.mapping, self._limit_mb, self._scratch_dir) as table:
            facts.file_format = table.file_format
            facts.encoding, facts.delimiter = table.encoding, table.delimiter
            columns = headers.read(table.header)
            facts.unknown_columns, facts.missing_columns = columns.unknown, columns.missing
            sink.take_violations(
                file_violation(extract.name, "columns.known", name) for name in columns.unknown
            )
            rules = Rules(self._words, task.mapping, extract.name)
            judge = RowJudge(extract, rules, task.identity, self._pseudonyms)
            for judged in judge.judge(table, columns):
                sink.take_rows(judged.rows)
                sink.take_violations(judged.violations)
                facts.rows_landed += judged.rows.num_rows
                facts.rows_unreadable += judged.unreadable


@dataclass
class FileReading:
    """A file that was judged and not landed: its facts, and all that landing objects to."""

    facts: FileFacts
    violations: list[Violation] = field(default_factory=list)

    def take_rows(self, rows: pa.RecordBatch) -> None:
        """Rows are judged, not kept."""

    def take_violations(self, violations: Iterable[Violation]) -> None:
        """Keep what is wrong."""
        self.violations.extend(violations)


def read_file(
    path: Path, settings: Settings, *, site: str, extract: str | None = None
) -> FileReading:
    """Judge a file as landing would, without writing anything that lasts.

    ``extract`` is told from the file's name unless given. Record keys are those of a throwaway
    secret. Raises ValueError when the name says no extract, LeftForLaterError when the file cannot
    be opened, DictionaryError when the site's mapping is wrong.
    """
    if extract is None:
        extract, problem = extract_of(path.name)
        if extract is None or problem is not None:
            raise ValueError(f"{path}: {problem}")
    identity = FileIdentity("", extract, site, date.today(), path.name)
    task = FileTask(path, file_sha256(path), load_site(site), identity)
    scratch_dir = settings.state_dir / "work"
    reader = FileReader(
        dictionary(), throwaway_pseudonymiser(), settings.landing_max_file_mb, scratch_dir
    )
    reading = FileReading(FileFacts())
    reading.facts = reader.read(task, reading)
    if reading.facts.reason is not None:
        reading.violations = reading.facts.objections
    return reading


def _set_aside(facts: FileFacts, extract: str, error: UnreadableFileError) -> None:
    facts.reason, facts.limit_mb = error.reason, error.limit_mb
    facts.rows_landed = facts.rows_unreadable = 0
    fields = (error.field,)
    if isinstance(error, MissingColumnsError):
        fields = facts.missing_columns = error.missing
        facts.unknown_columns = error.unknown
    facts.objections = [
        file_violation(extract, error.rule, error.found or error.reason, name) for name in fields
    ]

"""Landing the files of a pre-flight into a scratch log that stands beside links to the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa

from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import Part, SiteMapping
from warehouse.landing.deliveries import DeliveredPath
from warehouse.landing.entries import blank_manifest, with_facts
from warehouse.landing.file_snapshot import file_sha256
from warehouse.landing.known_files import Digests
from warehouse.landing.limited_reader import LimitedReader
from warehouse.landing.limits import Limits
from warehouse.landing.log import LogSink, parquet_file
from warehouse.landing.log_index import LogIndex
from warehouse.landing.manifest import (
    Manifest,
    manifest_path,
    part_suffix,
    rows_path,
    violations_path,
    write_manifest,
)
from warehouse.landing.pseudonyms import Pseudonymizer
from warehouse.landing.raw_names import RawNames, delivery_day
from warehouse.landing.reader import FileFacts, FileTask
from warehouse.landing.report import outcome
from warehouse.landing.schemas import VIOLATION, landed_schema
from warehouse.landing.violations import FileIdentity, Violation
from warehouse.preflight.report import LINES_SHOWN, Finding
from warehouse.settings import Settings

PROGRESS_ROWS = 50_000
Say = Callable[[str], None]


@dataclass(frozen=True)
class Context:
    """Context of the files: the site's landed files, and the maker of its pseudonyms."""

    pseudonyms: Pseudonymizer
    landed: tuple[Manifest, ...] = ()


@dataclass
class CheckedFile:
    """A file, or a part of it, and what landing finds in it; ``called`` is its name for people."""

    path: Path
    called: str
    extract: str
    part: Part | None = None
    member: str | None = None
    file_id: str = ""
    shown: int = LINES_SHOWN
    facts: FileFacts = field(default_factory=FileFacts)
    findings: dict[tuple[str, str, str], Finding] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the file and its part, for people."""
        return self.called + part_suffix(self.part.name if self.part else None)

    @property
    def outcome(self) -> str:
        """Outcome that landing would have, in a few words."""
        if self.facts.reason is not None:
            return f"would be rejected: {self.facts.reason}"
        return outcome(self.facts, f" of {self.extract}")

    def add(self, violations: Iterable[Violation]) -> list[Finding]:
        """Count violations; returns the first findings of rules that are new."""
        new: list[Finding] = []
        for found in violations:
            key = (found.rule, found.expected, found.action)
            if key not in self.findings:
                is_new = found.rule not in {rule for rule, *_ in self.findings}
                self.findings[key] = Finding(key[0], found.severity, *key[1:], shown=self.shown)
                new += [self.findings[key]] if is_new else []
            self.findings[key].add(found.source_row, found.found)
        return new


def day_of(path: Path, raw_dir: Path) -> date | None:
    """The day of delivery of a file that lies where a refresh finds it; None elsewhere."""
    folder = path.resolve().parent
    return delivery_day(folder.name) if folder.parent.parent == raw_dir.resolve() else None


class ScratchLog:
    """A landed log in a temporary folder: the site's files as links, the checked ones beside."""

    def __init__(self, folder: Path, settings: Settings, mapping: SiteMapping, context: Context):
        self.landed_dir = folder / "landed"
        self.names = RawNames(settings.raw_dir, context.pseudonyms)
        self.day = max([date.today(), *(entry.delivered_on for entry in context.landed)])
        self._raw_dir = settings.raw_dir
        self._mapping = mapping
        self._context = context
        self._words = dictionary()
        self._reader = LimitedReader(context.pseudonyms, Limits.of(settings), folder / "copies")
        for entry in context.landed:
            for path_of in (manifest_path, rows_path, violations_path):
                link = path_of(self.landed_dir, entry)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(path_of(settings.landed_dir, entry))

    def land(self, file: CheckedFile, say: Say) -> None:
        """Land a file here; its findings are noted in it.

        Raises PostponedError when it cannot be opened.
        """
        blank = self._blank(file)
        file.file_id = blank.file_id
        before = LogIndex(self._context.landed).before(blank)
        identity = FileIdentity(
            blank.file_id, file.extract, blank.site, blank.delivered_on, blank.source_file
        )
        task = FileTask(
            file.path, blank.file_sha256, self._mapping, identity, file.part, before,
            member=file.member,
        )  # fmt: skip
        rows, violations = (
            rows_path(self.landed_dir, blank),
            violations_path(self.landed_dir, blank),
        )
        with (
            parquet_file(violations, VIOLATION) as violations_writer,
            parquet_file(rows, landed_schema(self._words.extracts[file.extract])) as rows_writer,
        ):
            sink = _PrintingSink(LogSink(rows_writer, violations_writer, identity), file, say)
            file.facts = self._reader.read(task, sink)
        if file.facts.reason is not None:
            file.findings = {}
            file.add(file.facts.violations)
            rows.unlink()
        write_manifest(self.landed_dir, with_facts(blank, file.facts))

    def _blank(self, file: CheckedFile) -> Manifest:
        """A manifest as if the file were delivered on its day; equal content is no copy here."""
        day = day_of(file.path, self._raw_dir) or self.day
        place = f"{self._mapping.site}/{day}/{file.name}"
        delivered = DeliveredPath(
            file.path, place, self._mapping, day, "delta", file.extract, part=file.part
        )
        sha256 = file_sha256(file.path)
        digests = Digests(sha256, sha256)
        return blank_manifest(delivered, digests, self._context.pseudonyms.fingerprint)


class _PrintingSink:
    """Passes rows and violations on, counts them, and prints progress."""

    def __init__(self, log: LogSink, file: CheckedFile, say: Say) -> None:
        self._log = log
        self._file = file
        self._say = say
        self._rows = 0

    def take_rows(self, rows: pa.RecordBatch) -> None:
        """Write rows to the scratch log."""
        self._log.take_rows(rows)
        before, self._rows = self._rows, self._rows + rows.num_rows
        if before // PROGRESS_ROWS < self._rows // PROGRESS_ROWS:
            self._say(f"  {self._file.name}: {self._rows:,} rows read ...")

    def take_violations(self, violations: Iterable[Violation]) -> None:
        """Write violations to the scratch log, count them, and print new findings at once."""
        kept = list(violations)
        self._log.take_violations(kept)
        for finding in self._file.add(kept):
            self._say(f"  finding: {finding.first_place}")

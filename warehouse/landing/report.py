"""Report of a run of landing, and a line for each file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Protocol

from warehouse.landing.deliveries import SkippedFile, shown
from warehouse.landing.manifest import Manifest
from warehouse.text import counted


@dataclass(frozen=True)
class LandingReport:
    """Result of a run of landing: the manifests that it wrote, and the files that it skipped.

    ``landed_before`` are the ids of files that the log had already: they were landed again because
    they are read in another way now. ``repairs`` are the landed files that were damaged or lost and
    were made again from their raw files. ``lost_fields`` is a line for each new file that lacks
    fields which the file before had.
    """

    files: tuple[Manifest, ...]
    skipped: tuple[SkippedFile, ...]
    files_remembered: int
    landed_before: frozenset[str] = frozenset()
    repairs: tuple[SkippedFile, ...] = ()
    lost_fields: tuple[str, ...] = ()

    def and_then(self, later: LandingReport) -> LandingReport:
        """Combine this run of landing with a further try."""
        remembered = later.files_remembered - len(self.files)
        before = self.landed_before | (later.landed_before - {file.file_id for file in self.files})
        repairs = self.repairs + later.repairs
        lost = self.lost_fields + later.lost_fields
        files = self.files + later.files
        return LandingReport(files, later.skipped, remembered, before, repairs, lost)

    @property
    def repaired(self) -> tuple[str, ...]:
        """A line for each landed file that was made again."""
        return tuple(entry.line for entry in self.repairs)

    @property
    def files_new(self) -> int:
        """Files whose rows were landed for the first time."""
        return sum(file.status == "landed" for file in self._new)

    @property
    def rows_new(self) -> int:
        """Rows of files that were landed for the first time."""
        return sum(file.rows_landed for file in self._new)

    @property
    def files_landed(self) -> int:
        """Files whose rows were landed."""
        return self._count("landed")

    @property
    def files_duplicate(self) -> int:
        """Files with the content of an earlier one."""
        return self._count("duplicate")

    @property
    def files_rejected(self) -> int:
        """Files that cannot be read."""
        return self._count("rejected")

    @property
    def rows_landed(self) -> int:
        """Rows that were landed."""
        return sum(manifest.rows_landed for manifest in self.files)

    @property
    def rows_unreadable(self) -> int:
        """Lines that could not be split, of files that were landed for the first time."""
        return sum(file.rows_unreadable for file in self._new)

    @property
    def skipped_lines(self) -> list[str]:
        """Return a line for each skipped file, with the reason."""
        return [entry.line for entry in self.skipped]

    @property
    def skipped_rows(self) -> list[dict[str, Any]]:
        """Rows of ``raw.skipped_files``: each file or folder once, with all its reasons.

        Landed files that were made again are among them, once, with nothing to do.
        """
        by_name: dict[str, list[SkippedFile]] = defaultdict(list)
        for entry in (*self.skipped, *self.repairs):
            by_name[shown(entry.source_file)].append(entry)
        return [
            {
                "source_file": name,
                "reason": shown("; ".join(dict.fromkeys(entry.reason for entry in entries))),
                "needs_correction": any(entry.needs_correction for entry in entries),
            }
            for name, entries in by_name.items()
        ]

    @property
    def _new(self) -> list[Manifest]:
        return [file for file in self.files if file.file_id not in self.landed_before]

    def _count(self, status: str) -> int:
        return sum(manifest.status == status for manifest in self.files)


class Counted(Protocol):
    """A manifest, or the facts of a file before it has one."""

    @property
    def rows_landed(self) -> int: ...

    @property
    def rows_unreadable(self) -> int: ...

    @property
    def rows_no_record(self) -> int: ...

    @property
    def rows_left_out(self) -> int: ...

    @property
    def rows_unread(self) -> int | None: ...


def file_line(manifest: Manifest) -> str:
    """Describe the outcome of a file in one line."""
    place = shown(manifest.source_file)
    if manifest.status == "duplicate":
        return f"resent {place}: the same content as {shown(manifest.duplicate_of or '')}"
    if manifest.status == "rejected":
        return f"rejected {place}: {manifest.reason}"
    return f"landed {place}: {outcome(manifest)}"


def lost_fields(manifest: Manifest, before: Manifest | None) -> list[str]:
    """Return a line on the fields that a landed file lacks and the one before had, if there are."""
    if before is None or manifest.status != "landed":
        return []
    lost = [name for name in before.sources if name not in manifest.sources]
    where = f"{shown(manifest.source_file)} has no {', '.join(lost)}"
    return [f"{where}, which the file before had"] if lost else []


def outcome(file: Counted, what: str = "") -> str:
    """Count landed rows, and the others by reason, in a few words.

    ``what`` says what the rows are.
    """
    parts = [
        f"{counted(file.rows_landed, 'row')}{what}",
        f"{counted(file.rows_unreadable, 'line')} unreadable" if file.rows_unreadable else "",
        f"{counted(file.rows_unread or 0, 'row')} not read" if file.rows_unread else "",
        f"{counted(file.rows_no_record, 'line')} no record" if file.rows_no_record else "",
        f"{counted(file.rows_left_out, 'row')} left out by the mapping"
        if file.rows_left_out
        else "",
    ]
    return ", ".join(filter(None, parts))

"""Locks on disk: their folders, manifests and damage.

A lock is a folder ``data/locks/<study>/<day>``. The manifest in it has the digests of its other
files; the records of refreshes have the digest of the manifest, so that a lock that is gone or was
edited is noticed, and nothing is locked in its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from warehouse.digests import MISSING, unsealed, why_not_whole
from warehouse.errors import WarehouseError
from warehouse.history import RefreshRecord
from warehouse.settings import Settings

MANIFEST, RELEASE_FILE, EXPORTS, FACTS = "manifest.json", "release.duckdb", "exports", "facts.json"
CANDIDATE_PREFIX = ".candidate-"
RESTORE = "restore data/locks from a backup"
GIVE_UP = (
    "to give the lock up for good, take away both the line `lock` of its study.yaml and the folder"
)


class LockError(WarehouseError):
    """A lock cannot be read or made; the message says why and what to do."""


@dataclass(frozen=True)
class Lock:
    """Lock of a study: its folder, manifest (None if it cannot be read), and what is wrong."""

    study: str
    day: date
    folder: Path
    manifest: dict[str, Any] | None
    fault: str | None

    @property
    def name(self) -> str:
        """Key of the lock in records: ``<study>/<day>``."""
        return f"{self.study}/{self.day}"

    @property
    def release(self) -> Path:
        """The study's part of the release, which opens as a release does."""
        return self.folder / RELEASE_FILE

    @property
    def line(self) -> str:
        """Fault and remedy in one line."""
        return f"the lock of {self.study}, {self.folder}: {self.fault}; {RESTORE} ({GIVE_UP})"

    def fact(self, name: str) -> Any:
        """Return an entry of the manifest; None where it cannot be read."""
        return (self.manifest or {}).get(name)

    def facts(self) -> dict[str, dict[str, str]]:
        """Return definition, settings, rules and versions of then. Raises LockError."""
        return dict(json.loads(self.content(FACTS)))

    def content(self, path: str) -> bytes:
        """Return a file of the lock. Raises LockError if it is not as it was written."""
        digest = (self.fact("files") or {}).get(path)
        fault = self.fault or (why_not_whole(self.folder / path, digest) if digest else MISSING)
        if fault:
            raise LockError(
                f"{self.folder / path} cannot be used: {fault}. It is part of the lock of "
                f"{self.study}, which nothing replaces. Restore data/locks from a backup."
            )
        return (self.folder / path).read_bytes()


def lock_folder(settings: Settings, study: str, day: date) -> Path:
    """Return the folder of a lock."""
    return settings.locks_dir / study / day.isoformat()


def read_locks(settings: Settings, records: Sequence[RefreshRecord]) -> list[Lock]:
    """Return the locks on disk and those that the records know, by study and day.

    Small files are read as a whole; ``Lock.fault`` is also of a release file that was edited.
    """
    recorded = known_digests(records)
    on_disk = {
        f"{path.parent.parent.name}/{path.parent.name}"
        for path in settings.locks_dir.glob(f"*/[0-9]*/{MANIFEST}")
    }
    return [_read(settings, name, recorded.get(name)) for name in sorted({*recorded, *on_disk})]


def lock_of(settings: Settings, records: Sequence[RefreshRecord], study: str) -> Lock | None:
    """Return the lock of a study; None for a living one."""
    return next((lock for lock in read_locks(settings, records) if lock.study == study), None)


def known_digests(records: Sequence[RefreshRecord]) -> dict[str, str]:
    """Return the digests of the manifests that the newest ended refresh knew, by name."""
    ended = [record for record in records if record.status == "published"]
    return dict(ended[-1].locks) if ended else {}


def fault_lines(settings: Settings, records: Sequence[RefreshRecord]) -> list[str]:
    """Return a line for each lock that is gone or was edited."""
    return [lock.line for lock in read_locks(settings, records) if lock.fault]


def lock_files(lock: Lock) -> Iterator[tuple[Path, str | None]]:
    """Yield each file of a lock with what is wrong with it."""
    if lock.manifest is None:
        yield lock.folder / MANIFEST, lock.fault
        return
    for path, digest in lock.manifest["files"].items():
        yield lock.folder / path, why_not_whole(lock.folder / path, digest)


def _read(settings: Settings, name: str, digest: str | None) -> Lock:
    study, _, day = name.partition("/")
    folder = lock_folder(settings, study, date.fromisoformat(day))
    path = folder / MANIFEST
    fault = why_not_whole(path, digest) if digest else None
    manifest = None
    if fault is None:
        try:
            manifest = unsealed(path.read_bytes())
        except (OSError, ValueError) as error:
            fault = f"{MANIFEST} cannot be read ({error})"
    lock = Lock(study, date.fromisoformat(day), folder, manifest, fault)
    if manifest is None:
        return lock
    damaged = [(file, why) for file, why in lock_files(lock) if why]
    more = f", and {len(damaged) - 1} more files" if len(damaged) > 1 else ""
    fault = f"{damaged[0][0].relative_to(folder)}: {damaged[0][1]}{more}" if damaged else None
    return Lock(study, lock.day, folder, manifest, fault)

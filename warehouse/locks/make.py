"""Making a lock: written beside its place, flushed to disk, and renamed once its release is out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

from warehouse.definitions.config import STUDY, study_path
from warehouse.definitions.study import StudyDefinition
from warehouse.digests import digest_of, file_digest, sealed
from warehouse.files import make_folder, remove_whatever, sync_file, sync_folder
from warehouse.history import RefreshRecord
from warehouse.locks.facts import facts_of
from warehouse.locks.lock import (
    CANDIDATE_PREFIX,
    EXPORTS,
    FACTS,
    MANIFEST,
    RELEASE_FILE,
    LockError,
    lock_folder,
)
from warehouse.locks.study_file import write_study_file
from warehouse.settings import Settings

FILE_MODE, FACTS_MODE, FOLDER_MODE = 0o444, 0o400, 0o555
Exports = Callable[[Path, str], Iterable[tuple[str, bytes]]]
"""Every export of a study of a release file: path below ``exports``, and bytes."""


def write_candidate(
    settings: Settings,
    release_path: Path,
    definition: StudyDefinition,
    record: RefreshRecord,
    exports: Exports,
) -> tuple[str, str]:
    """Write the lock of a study beside its place; returns its name and the manifest's digest.

    Every file is on the disk when it returns. Raises LockError for a study without the line.
    """
    study, line = definition.name, definition.lock
    if line is None:
        raise LockError(
            f"study.yaml of {study} has no line `lock`, so nothing was locked. Write it."
        )
    folder = _candidate(settings, study, record.refresh_id)
    remove_whatever(folder)
    make_folder(folder)
    write_study_file(release_path, study, folder / RELEASE_FILE)
    for name, content in exports(folder / RELEASE_FILE, study):
        _write(folder / EXPORTS / name, content)
    _write(folder / STUDY, study_path(study).read_bytes())
    facts = json.dumps(facts_of(study, record), ensure_ascii=False, indent=1, sort_keys=True)
    _write(folder / FACTS, facts.encode())
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "study": study,
        "locked_on": str(record.as_of),
        "on": str(line.on),
        "because": line.because,
        "refresh_id": record.refresh_id,
        "warehouse_version": record.warehouse_version,
        "mart_digests": record.mart_digests,
        "files": {path.relative_to(folder).as_posix(): file_digest(path) for path in files},
    }
    content = sealed(json.dumps(manifest, ensure_ascii=False, indent=1))
    _write(folder / MANIFEST, content)
    for path in (*files, folder / MANIFEST):
        path.chmod(FACTS_MODE if path.name == FACTS else FILE_MODE & path.stat().st_mode)
        sync_file(path)
    for path in {path.parent for path in files}:
        sync_folder(path)
    return f"{study}/{record.as_of}", digest_of(content)


def finish(settings: Settings, refresh_id: str, day: date) -> None:
    """Give the locks that a refresh wrote their names, after its release was published."""
    for folder in settings.locks_dir.glob(f"*/{CANDIDATE_PREFIX}{refresh_id}"):
        target = lock_folder(settings, folder.parent.name, day)
        folder.rename(target)
        sync_folder(target.parent)
        for path in (*(each for each in target.rglob("*") if each.is_dir()), target):
            path.chmod(FOLDER_MODE & path.stat().st_mode)


def recover(settings: Settings, records: Mapping[str, RefreshRecord]) -> None:
    """Finish the locks of refreshes that published and were killed then; delete the others."""
    for folder in sorted(settings.locks_dir.glob(f"*/{CANDIDATE_PREFIX}*")):
        record = records.get(folder.name.removeprefix(CANDIDATE_PREFIX))
        if record is not None and record.status == "published":
            finish(settings, record.refresh_id, record.as_of)
        else:
            remove_whatever(folder)


def _candidate(settings: Settings, study: str, refresh_id: str) -> Path:
    return settings.locks_dir / study / f"{CANDIDATE_PREFIX}{refresh_id}"


def _write(path: Path, content: bytes) -> None:
    make_folder(path.parent)
    path.write_bytes(content)

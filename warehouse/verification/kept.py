"""Verification of the history and the releases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from warehouse.copies import copied_checks, copied_settings, current_path, own_releases
from warehouse.digests import (
    DIFFERS,
    MISSING,
    RELEASE,
    has_no_digest_beside,
    is_gone,
    is_sealed,
    unsealed,
    why_not_kept,
    why_not_whole,
)
from warehouse.files import what_lies
from warehouse.history import (
    OWN_SETTING,
    HistoryError,
    check_records,
    files_of_refreshes,
    kept_paths,
    kept_setting,
    read_record,
    read_records,
    record_files,
)
from warehouse.landing.manifest import manifest_paths
from warehouse.locks.lock import RESTORE as RESTORE_LOCK
from warehouse.locks.lock import lock_files, read_locks
from warehouse.lost_state import lost_history
from warehouse.refresh.places import DELETE_COPY, NOT_OURS, stray_files
from warehouse.settings import Settings
from warehouse.verification.checked import STRAY, CheckedFile, checked, without_digest

RESTORE = "restore it from a backup"
RESTORE_OR_MOVE = f"{RESTORE}, or move it away to continue without it"
CONTINUE = "continue without it once (warehouse refresh --go-on-without history)"
MOVE_BOTH_AWAY = f"{RESTORE}, or move it and the digest file beside it away and {CONTINUE}"
RESTORE_SETTING = f"{RESTORE}, or delete it: only `warehouse config --release` reads it"
NO_RECORD = "the history has no valid record of it"
OTHER_RELEASE = "refresh, or roll back to another release (warehouse rollback)"
REFRESH = "refresh, or roll back to a release by its id (warehouse rollback ID)"
MOVE_IT = "move it away; then " + REFRESH
DELETE = f"{RESTORE}, or delete it"


def history_files(settings: Settings) -> Iterator[CheckedFile]:
    """Yield records of refreshes, Great Expectations' records and the kept tables."""
    folder = settings.history_dir
    records, copied = sorted(record_files(folder)), copied_checks(folder)
    checks = [path for path in files_of_refreshes(folder / "checks", "") if path not in copied]
    for path in (*records, *sorted(path for check in checks for path in check_records(check))):
        why = _why_broken(path)
        if why is None and not is_sealed(path):
            yield without_digest("history", path)
        else:
            yield checked("history", path, why, RESTORE_OR_MOVE)
    yield from _settings(folder)
    if not records and manifest_paths(settings.landed_dir):
        remedy = f"{RESTORE}, or {CONTINUE}"
        yield checked("history", folder / "refreshes", "it has no record", remedy)
    lost = _lost(folder)
    for path in kept_paths(folder):
        if path in lost:
            yield checked("history", path, MISSING, f"{RESTORE}, or {CONTINUE}")
        elif why := why_not_kept(path):
            yield checked("history", path, why, MOVE_BOTH_AWAY)
        elif path.exists():
            yield (without_digest if has_no_digest_beside(path) else checked)("history", path)


def _settings(history_dir: Path) -> Iterator[CheckedFile]:
    """Yield the settings of earlier refreshes, those on disk and those that records list."""
    try:
        records = read_records(history_dir)
    except HistoryError:  # a damaged record is listed itself
        records = []
    folder = kept_setting(history_dir, "*").parent
    present = {path.stem for path in folder.glob("*") if re.fullmatch(OWN_SETTING, path.name)}
    known = {digest for record in records for digest in (record.settings or {}).values()}
    copied = {path.stem for path in copied_settings(history_dir)}
    for digest in sorted((present | known) - copied):
        path = kept_setting(history_dir, digest)
        yield checked("history", path, why_not_whole(path, digest), RESTORE_SETTING)


def release_files(settings: Settings) -> Iterator[CheckedFile]:
    """Yield releases, and the file that people open."""
    published = settings.published_path
    paths, current = sorted(own_releases(settings)), current_path(settings)
    for path in paths:
        remedy = DELETE if path != current else OTHER_RELEASE if len(paths) > 1 else "refresh"
        record = read_record(settings.history_dir, path.stem)
        if record is None:
            yield checked("releases", path, NO_RECORD, remedy)
        elif digest := record.digests.get(RELEASE):
            yield checked("releases", path, why_not_whole(path, digest), remedy)
        else:
            yield without_digest("releases", path)
    if published.exists() and not published.is_file():
        yield checked("releases", published, f"it is {what_lies(published)}", MOVE_IT)
    elif published.exists():
        why = None if current else "it is not a release (edited or replaced)"
        yield checked("releases", published, why, REFRESH)
    elif published.is_symlink() or paths:
        yield checked("releases", published, MISSING, REFRESH)


def locked_files(settings: Settings) -> Iterator[CheckedFile]:
    """Yield the files of the locks of studies, also of one that is gone."""
    try:
        records = read_records(settings.history_dir)
    except HistoryError:  # a damaged record is listed itself
        records = []
    for lock in read_locks(settings, records):
        for path, why in lock_files(lock):
            yield checked("locks", path, why, RESTORE_LOCK)


def other_files(settings: Settings) -> Iterator[CheckedFile]:
    """Yield what lies among the warehouse's files and is none of them, such as a copy."""
    for path in stray_files(settings):
        yield CheckedFile("other", path, STRAY, NOT_OURS, DELETE_COPY)


def _lost(history_dir: Path) -> list[Path]:
    """Return what is gone; a damaged record, which may say so, is named itself."""
    try:
        return lost_history(history_dir, read_records(history_dir))
    except HistoryError:
        return list(filter(is_gone, kept_paths(history_dir)))


def _why_broken(path: Path) -> str | None:
    try:
        unsealed(path.read_bytes())
    except ValueError:
        return DIFFERS
    return None

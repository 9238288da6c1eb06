"""Digests of the history and the releases of a version that made none: once, at the upgrade."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from warehouse.checks.gx_results import write_record as write_check_record
from warehouse.digests import (
    RELEASE,
    file_digest,
    has_no_digest_beside,
    is_sealed,
    make_digest_beside,
    note_presence,
    unsealed,
)
from warehouse.history import (
    RefreshRecord,
    check_records,
    kept_paths,
    read_records,
    record_path,
    write_record,
)
from warehouse.settings import Settings

log = logging.getLogger(__name__)


def make_first_digests(settings: Settings) -> None:
    """Give what has no digest one: records, releases, the rest of the history. Log how many.

    Call only while holding the lock. Raises HistoryError for a damaged record.
    """
    records = 0
    # Newest first: where it is interrupted, those without a number are the first ones still.
    for record in reversed(read_records(settings.history_dir)):
        known = _with_release(settings, record)
        if known != record or not is_sealed(record_path(settings.history_dir, record.refresh_id)):
            write_record(settings.history_dir, known)
            records += 1
    kept = kept_paths(settings.history_dir)
    for path in kept:
        with suppress(ValueError):  # what is damaged is named when it is read
            note_presence(path)
    without = [path for path in kept if has_no_digest_beside(path)]
    for path in without:
        make_digest_beside(path)
    if records:
        _seal_check_records(settings.history_dir / "checks")
    if records or without:
        log.info(
            "digests made of %d records with their releases, and %d other files of the history "
            "(once: an earlier version made none)", records, len(without),
        )  # fmt: skip


def _seal_check_records(folder: Path) -> None:
    """Seal Great Expectations' records; what is damaged by now is left to be named."""
    for path in (path for checks in folder.glob("*") for path in check_records(checks)):
        if not is_sealed(path):
            with suppress(ValueError):
                write_check_record(path, unsealed(path.read_bytes()))


def _with_release(settings: Settings, record: RefreshRecord) -> RefreshRecord:
    """The record, with the digest of its release where that is there and has none."""
    release = settings.releases_dir / str(record.release)
    if record.release is None or RELEASE in record.digests or not release.exists():
        return record
    return replace(record, digests=record.digests | {RELEASE: file_digest(release)})

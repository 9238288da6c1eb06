"""Verification of raw files, landed files and the key of the pseudonyms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from warehouse.digests import DIFFERS
from warehouse.files import what_lies
from warehouse.history import HistoryError
from warehouse.landing.deliveries import find_deliveries
from warehouse.landing.errors import PostponedError
from warehouse.landing.file_snapshot import file_sha256
from warehouse.landing.manifest import (
    Manifest,
    all_parquet_paths,
    damage,
    file_id,
    manifest_paths,
    parquet_paths,
    read_log,
    read_manifest,
)
from warehouse.landing.raw_names import RawNames, raw_names
from warehouse.lost_state import key_fault, uses_of_key
from warehouse.refresh.missing_files import lost_rows
from warehouse.settings import Settings
from warehouse.verification.checked import (
    CHANGED,
    GONE,
    INTACT,
    CheckedFile,
    checked,
    without_digest,
)

LANDED_AGAIN = "the next refresh lands it again from its raw file"
PUT_BACK = "restore it from a backup, or put its raw file back and refresh"
IN_THE_WAY = "move it away, restore the file from a backup, or put its raw file back, and refresh"
RAW_CHANGED = "the next refresh reads it as it is now; restore it if it was not changed on purpose"
RAW_GONE = "its landed rows are kept"
RESTORE_LOG = "restore the landed files from a backup, or put the raw file back and refresh"
NO_MANIFEST = "no manifest lists it"
FIND_MANIFEST = "restore its manifest from a backup, so that its rows are used again"


def raw_files(settings: Settings) -> Iterator[CheckedFile]:
    """Yield the raw file of each manifest, and the key that the files were landed with."""
    log = read_log(settings.landed_dir).values()
    names = raw_names(settings)
    by_name = {entry.raw_file: entry for entry in log}
    for name in sorted(by_name):
        yield _raw(settings, by_name[name], names)
    if uses_of_key(settings):
        fault = key_fault(settings, {entry.secret_fingerprint for entry in log})
        why = f"it {fault}" if fault else None
        yield checked("key", settings.secret_path, why, "restore it from a backup")


def landed_files(settings: Settings) -> Iterator[CheckedFile]:
    """Yield manifests, each with its Parquet files; then Parquet files without a manifest."""
    landed_dir = settings.landed_dir
    known: set[Path] = set()
    names = raw_names(settings)
    for path in manifest_paths(landed_dir):
        manifest = read_manifest(path)
        if manifest is None:
            known |= set(all_parquet_paths(landed_dir, path.stem))
            no_file = None if path.is_file() else f"it is {what_lies(path)}"
            yield checked("landed", path, no_file or DIFFERS, IN_THE_WAY if no_file else PUT_BACK)
            continue
        yield checked("landed", path) if manifest.digests else without_digest("landed", path)
        damaged = damage(landed_dir, manifest)
        remedy = _remedy(settings, manifest, names) if damaged else ""
        for parquet in parquet_paths(landed_dir, manifest).values():
            known.add(parquet)
            if not manifest.digests:
                yield without_digest("landed", parquet)
            else:
                yield checked("landed", parquet, damaged.get(parquet), remedy)
    unlisted = [path for path in all_parquet_paths(landed_dir) if path not in known]
    landed_again = _landed_again(settings, names, unlisted)
    for path in unlisted:
        remedy = LANDED_AGAIN if path.stem in landed_again else FIND_MANIFEST
        yield checked("landed", path, NO_MANIFEST, remedy)


def _landed_again(settings: Settings, names: RawNames, unlisted: list[Path]) -> set[str]:
    """Return the ids of the raw files of the deliveries in which files lack a manifest."""
    deliveries = {(path.parts[-3], path.parts[-2]) for path in unlisted}
    ids = set()
    for file in find_deliveries(settings.raw_dir, names).files if deliveries else ():
        if (f"site={file.site.site}", f"delivered_on={file.delivered_on}") in deliveries:
            with suppress(PostponedError, OSError):
                ids.add(file_id(file.source_file, file_sha256(file.path)))
    return ids


def lost_files(settings: Settings) -> Iterator[CheckedFile]:
    """Yield raw files whose rows the last release has, and of which nothing is left."""
    with suppress(HistoryError):  # a damaged record is listed itself
        for lost in lost_rows(settings, date.max):
            if not lost.kept:
                why = f"{lost.rows:,} rows of release {lost.release} and this file are missing"
                yield checked("landed", settings.raw_dir / lost.source_file, why, RESTORE_LOG)


def _remedy(settings: Settings, manifest: Manifest, names: RawNames) -> str:
    raw = _raw(settings, manifest, names)
    return LANDED_AGAIN if raw.state == INTACT else PUT_BACK


def _raw(settings: Settings, manifest: Manifest, names: RawNames) -> CheckedFile:
    """Return the raw file of a manifest, found also if it was renamed."""
    path, found = settings.raw_dir / manifest.raw_file, names.located(manifest.raw_file)
    if found is None:
        return CheckedFile("raw", path, GONE, what_to_do=RAW_GONE)
    try:
        if file_sha256(found) == manifest.file_sha256:
            return CheckedFile("raw", path, INTACT)
    except PostponedError as error:
        return CheckedFile("raw", path, CHANGED, str(error), "restore it from a backup")
    return CheckedFile("raw", path, CHANGED, "its content is not what was landed", RAW_CHANGED)

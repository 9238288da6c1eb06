"""Lost state: files of the history, and the key of the pseudonyms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice
from pathlib import Path

from warehouse.digests import is_gone
from warehouse.history import (
    RefreshRecord,
    check_results_path,
    files_of_refreshes,
    kept_paths,
    violations_path,
)
from warehouse.landing.errors import SecretError
from warehouse.landing.manifest import manifest_paths, read_log, read_manifest
from warehouse.landing.pseudonyms import known_pseudonymizer
from warehouse.settings import Settings

HISTORY_LOST = (
    "restore the history from a backup, or go on without it once (warehouse refresh "
    "--go-on-without history)"
)


def lost_history(history_dir: Path, records: Sequence[RefreshRecord]) -> list[Path]:
    """Files of the history that are gone, though a digest or a record says that they were there."""
    written = set()
    if any(record.checked_at for record in records):
        written.add(check_results_path(history_dir))
    steps = (step for record in records if record.status == "published" for step in record.steps)
    if any(step.step == "publish" and step.status == "done" for step in steps):
        written.add(violations_path(history_dir))
    return [
        path
        for path in kept_paths(history_dir)
        if is_gone(path) or (path in written and not path.exists())
    ]


def uses_of_key(settings: Settings) -> list[Path]:
    """The folders that hold pseudonyms."""
    uses = ((settings.landed_dir, "**/*.parquet"), (settings.releases_dir, "*.duckdb"))
    return [folder for folder, files in uses if next(folder.glob(files), None)]


def key_fault(settings: Settings, fingerprints: Collection[str] = ()) -> str | None:
    """Describe the fault of the pseudonym key, to follow its name; None for a sound key
    with one of these fingerprints of landed files."""
    key = known_pseudonymizer(settings.secret_path)
    if key is None:
        return "is damaged" if settings.secret_path.exists() else "is gone"
    other = any(fingerprint != key.fingerprint for fingerprint in fingerprints)
    return "is not the key that files were landed with" if other else None


def require_sound_key(settings: Settings) -> None:
    """Raises SecretError where digests of names would not be those that reports show."""
    fingerprints = {entry.secret_fingerprint for entry in read_log(settings.landed_dir).values()}
    if fault := key_fault(settings, fingerprints):
        raise SecretError(
            f"The pseudonym key {settings.secret_path} {fault}. It makes the digests in names, "
            "which would not be those of the reports without it. Restore it from a backup; where "
            "nothing was landed yet, the first refresh makes it."
        )


def _fingerprint(landed_dir: Path) -> list[str]:
    """Return that of one landed file: all have the same, and to read all is slow."""
    read = (read_manifest(path) for path in manifest_paths(landed_dir))
    landed = (entry for entry in read if entry and entry.status == "landed")
    return [entry.secret_fingerprint for entry in islice(landed, 1)]


def lost_lines(settings: Settings, records: Sequence[RefreshRecord]) -> list[str]:
    """A line for each loss, which says what to do."""
    nothing = not records and not files_of_refreshes(settings.releases_dir, ".duckdb")
    lines = [
        f"{settings.history_dir} has no record of any refresh, though files have landed; "
        f"{HISTORY_LOST}"
    ] * bool(nothing and manifest_paths(settings.landed_dir))
    lines += [
        f"{path}, which earlier refreshes wrote, is gone; restore it from a backup"
        for path in lost_history(settings.history_dir, records)
    ]
    fault = key_fault(settings, _fingerprint(settings.landed_dir))
    if fault and settings.landed_dir in uses_of_key(settings):
        lines.append(f"the pseudonym key {settings.secret_path} {fault}; restore it from a backup")
    return lines

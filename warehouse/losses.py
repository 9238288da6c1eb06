"""What the warehouse relies on and is gone: files of the history, and the key of the pseudonyms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from warehouse.digests import is_gone
from warehouse.history import RefreshRecord, check_results_path, kept_paths, violations_path
from warehouse.landing.secret import known_pseudonymiser
from warehouse.settings import Settings


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


def lost_lines(settings: Settings, records: Sequence[RefreshRecord]) -> list[str]:
    """A line for each loss, which says what to do."""
    lines = [
        f"{path}, which earlier refreshes wrote, is gone; restore it from a backup"
        for path in lost_history(settings.history_dir, records)
    ]
    key = settings.secret_path
    if settings.landed_dir in uses_of_key(settings) and known_pseudonymiser(key) is None:
        how = "damaged" if key.exists() else "gone"
        lines.append(f"the pseudonym key {key} is {how}; restore it from a backup")
    return lines

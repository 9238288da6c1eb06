"""What each refresh found and did: one JSON and one Parquet file a refresh, outside the releases.

Releases are rebuilt from the landed log and thrown away in time; this history is not, so that
the quality tables can tell what was found on any night.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import WarehouseError
from warehouse.files import sync_file, sync_folder, write_atomically


class HistoryError(WarehouseError):
    """A file of the history is damaged; the message says which and what to do."""


@dataclass
class RefreshRecord:
    """One refresh: when it ran, on what, and how it ended (times in UTC)."""

    refresh_id: str
    started_at: datetime
    as_of: date
    status: str = "running"
    reason: str | None = None
    finished_at: datetime | None = None
    release: str | None = None
    files_landed: int = 0
    rows_landed: int = 0
    rows_unreadable: int = 0
    rows_rejected: int = 0
    rows_warned: int = 0
    rescue_stenting: int = 0
    no_rescue_stenting: int = 0
    warehouse_version: str = ""
    git_commit: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    step_seconds: dict[str, float] = field(default_factory=dict)
    mart_digests: dict[str, str] = field(default_factory=dict)


def utc_now() -> datetime:
    """The time in UTC without a zone, as DuckDB's TIMESTAMP wants it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def new_refresh_id(history_dir: Path, started_at: datetime) -> str:
    """An id that sorts by time, such as ``20220601T020000Z``; a second one in a second gets -2."""
    stem = started_at.strftime("%Y%m%dT%H%M%SZ")
    taken = {path.stem for path in (history_dir / "refreshes").glob(f"{stem}*.json")}
    number = 1
    while (refresh_id := stem if number == 1 else f"{stem}-{number}") in taken:
        number += 1
    return refresh_id


def write_record(history_dir: Path, record: RefreshRecord) -> None:
    """Store the record, replacing an earlier state of the same refresh."""
    path = history_dir / "refreshes" / f"{record.refresh_id}.json"
    text = json.dumps(asdict(record), default=_as_text, indent=2, sort_keys=True)
    write_atomically(path, text.encode())


def read_records(history_dir: Path) -> list[RefreshRecord]:
    """All stored records, oldest first."""
    paths = sorted((history_dir / "refreshes").glob("*.json"))
    return [_read_record(path) for path in paths]


def mark_interrupted(history_dir: Path) -> None:
    """Note of refreshes that never ended that they were interrupted; call holding the lock."""
    for record in read_records(history_dir):
        if record.status == "running":
            reason = "the process ended before the refresh did"
            write_record(history_dir, replace(record, status="interrupted", reason=reason))


def last_published(history_dir: Path) -> RefreshRecord | None:
    """The newest refresh that published a release, if any did."""
    published = [record for record in read_records(history_dir) if record.status == "published"]
    return published[-1] if published else None


def check_results_path(history_dir: Path, refresh_id: str) -> Path:
    """Where the check results of a refresh are kept."""
    return history_dir / "check_results" / f"{refresh_id}.parquet"


def violations_path(history_dir: Path) -> Path:
    """Where the violations of the last release are kept, with the days on which they were seen."""
    return history_dir / "violations.parquet"


def keep_violations(history_dir: Path, release_path: Path, as_of: date) -> None:
    """Keep the violations of a release for the refreshes that follow, replacing what was kept.

    A release of a day before the newest published one knows less, so it replaces nothing.
    """
    path = violations_path(history_dir)
    days = [row.as_of for row in read_records(history_dir) if row.status == "published"]
    if path.exists() and as_of < max(days, default=as_of):
        return
    partial = path.with_name(f"{path.name}.partial")
    with duckdb.connect(release_path, read_only=True) as connection:
        connection.table("quality.violations").write_parquet(str(partial))
    sync_file(partial)
    partial.replace(path)
    sync_folder(path.parent)


def _as_text(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return os.fspath(value)


def _read_record(path: Path) -> RefreshRecord:
    try:
        return _record(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise HistoryError(
            f"{path} cannot be read ({error}). It is the record of one earlier refresh, and the "
            f"quality tables need to know what was found then. Restore it from the backup, or move "
            f"it away to go on without that refresh."
        ) from error


def _record(stored: dict[str, Any]) -> RefreshRecord:
    for name in ("started_at", "finished_at"):
        stored[name] = datetime.fromisoformat(stored[name]) if stored[name] else None
    stored["as_of"] = date.fromisoformat(stored["as_of"])
    return RefreshRecord(**stored)

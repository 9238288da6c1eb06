"""What the refreshes found and did: a JSON file for each, and two Parquet files, outside releases.

Releases are rebuilt from the landed log and thrown away in time; this history is not, so that
the quality tables can tell what was found on any night.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from warehouse.digests import (
    digest_of,
    keeping,
    sealed,
    unsealed,
    why_not_kept,
    why_not_whole,
)
from warehouse.errors import WarehouseError
from warehouse.files import write_atomically

# Clocks are put right by seconds, and at most by the hour of summer time.
CLOCK_TOLERANCE = timedelta(hours=1)
# Where the contents of settings are kept, and what their names end with.
SETTINGS, SETTING = "settings", ".yaml"
REFRESH_ID = re.compile(r"\d{8}T\d{6}Z(-\d+)?", re.ASCII)


class HistoryError(WarehouseError):
    """A file of the history is damaged; the message says which and what to do."""


@dataclass(frozen=True)
class StepRecord:
    """One step of a refresh, or one attempt at it where it was tried again.

    ``status`` is ``done`` or ``failed``; ``peak_memory_mb`` is the resident memory of the process
    (MiB); ``what_to_do`` is for people, where the step failed.
    """

    step: str
    attempt: int
    started_at: datetime
    seconds: float
    rows: int | None
    peak_memory_mb: float
    status: str
    what_to_do: str | None = None


@dataclass
class RefreshRecord:
    """One refresh: when it ran, on what, and how it ended (times in UTC).

    ``refresh_number`` counts the refreshes and alone says which came first: a clock may be wrong.
    Records of earlier versions have none; they get theirs when they are read.

    ``status`` is ``running``, ``published``, ``built`` (a release of a day in the past, beside the
    current one), ``failed`` or ``interrupted``.

    ``digests`` has that of its release, as ``release``; ``settings`` those of the files of settings
    that counted, by name, whose content ``kept_setting`` finds. None of earlier versions.
    ``checked_at`` is when its check results were stored; None of one that did not get so far.
    ``change_note`` says to people what is new against the release before; no patient values.
    """

    refresh_id: str
    started_at: datetime
    as_of: date
    refresh_number: int = 0
    status: str = "running"
    reason: str | None = None
    finished_at: datetime | None = None
    checked_at: datetime | None = None
    release: str | None = None
    files_landed: int = 0
    rows_landed: int = 0
    rows_unreadable: int = 0
    rows_rejected: int = 0
    rows_warned: int = 0
    rescue_stenting: int = 0
    no_rescue_stenting: int = 0
    followup_pending: int | None = None  # unknown of versions that counted follow-ups as they came
    change_note: str | None = None
    rolled_back_at: datetime | None = None
    warehouse_version: str = ""
    git_commit: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] | None = None
    steps: list[StepRecord] = field(default_factory=list)
    mart_digests: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def step_seconds(self) -> dict[str, float]:
        """Seconds that each step took, all tries together."""
        seconds: dict[str, float] = {}
        for step in self.steps:
            seconds[step.step] = round(seconds.get(step.step, 0) + step.seconds, 3)
        return seconds


def utc_now() -> datetime:
    """The time in UTC without a zone, as DuckDB's TIMESTAMP wants it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def new_refresh_id(history_dir: Path, started_at: datetime) -> str:
    """An id such as ``20220601T020000Z``; where it is taken, ``20220601T020000Z-2``."""
    stem = started_at.strftime("%Y%m%dT%H%M%SZ")
    taken = {path.stem for path in (history_dir / "refreshes").glob(f"{stem}*.json")}
    number, refresh_id = 1, stem
    while refresh_id in taken:
        number += 1
        refresh_id = f"{stem}-{number}"
    return refresh_id


def next_refresh_number(history_dir: Path) -> int:
    """The number of a refresh that begins now."""
    return max((record.refresh_number for record in read_records(history_dir)), default=0) + 1


def files_of_refreshes(folder: Path, suffix: str) -> list[Path]:
    """Files that are named after a refresh, or folders where no suffix is given.

    Not the copies that people make of them.
    """
    return [path for path in folder.glob(f"*{suffix}") if _is_of_a_refresh(path, suffix)]


def strays(folder: Path, suffix: str) -> list[Path]:
    """What a folder holds that looks like a refresh's file and is none, such as a copy of one."""
    visible = (path for path in folder.glob(f"*{suffix}") if not path.name.startswith("."))
    return sorted(path for path in visible if not _is_of_a_refresh(path, suffix))


def _is_of_a_refresh(path: Path, suffix: str) -> bool:
    is_named = REFRESH_ID.fullmatch(path.name.removesuffix(suffix)) is not None
    return is_named and (path.is_file() if suffix else path.is_dir())


def in_order(paths: Iterable[Path], records: Iterable[RefreshRecord]) -> list[Path]:
    """Files that are named after refreshes, oldest first.

    One whose refresh has no record stands where the time in its name puts it.
    """
    numbers = {record.refresh_id: record.refresh_number for record in records}

    def place(path: Path) -> tuple[int, tuple[str, int]]:
        moment = _moment(path.stem)
        if path.stem in numbers:
            return numbers[path.stem], moment
        earlier = [number for name, number in numbers.items() if _moment(name) < moment]
        return max(earlier, default=0), moment

    return sorted(paths, key=place)


def _moment(refresh_id: str) -> tuple[str, int]:
    """Sorts ids by their time; as text, ``…Z-10`` would come before ``…Z-2``."""
    stem, _, number = refresh_id.partition("-")
    return stem, int(number or 1)


def write_record(history_dir: Path, record: RefreshRecord) -> None:
    """Store the record, replacing an earlier state of the same refresh."""
    text = json.dumps(asdict(record), default=_as_text, indent=2, sort_keys=True)
    write_atomically(record_path(history_dir, record.refresh_id), sealed(text))


def record_path(history_dir: Path, refresh_id: str) -> Path:
    """Where the record of a refresh stands."""
    return history_dir / "refreshes" / f"{refresh_id}.json"


def read_record(history_dir: Path, refresh_id: str) -> RefreshRecord | None:
    """The record of a refresh; None where there is none, or it is damaged."""
    path = record_path(history_dir, refresh_id)
    try:
        return _read_record(path) if path.exists() else None
    except HistoryError:
        return None


def read_records(history_dir: Path) -> list[RefreshRecord]:
    """All stored records, oldest first."""
    records = [
        _read_record(path) for path in files_of_refreshes(history_dir / "refreshes", ".json")
    ]
    numbered = {_moment(row.refresh_id): row.refresh_number for row in records}
    # Those without a number are of an earlier version, which may have been at work in between.
    for moment in sorted(moment for moment, number in numbered.items() if not number):
        numbered[moment] = 1 + max(number for at, number in numbered.items() if at <= moment)
    for record in records:
        record.refresh_number = numbered[_moment(record.refresh_id)]
    return sorted(records, key=lambda record: record.refresh_number)


def last_published(history_dir: Path) -> RefreshRecord | None:
    """The newest refresh that published a release, if any did."""
    published = [record for record in read_records(history_dir) if record.status == "published"]
    return published[-1] if published else None


def refresh_since(history_dir: Path, due_at: datetime) -> RefreshRecord | None:
    """The first refresh that began at or after a moment (with a zone) and did that night's work.

    It published or failed, and was for that day or a later one; an interrupted one does not count,
    nor one whose moment is still to come: the clock was wrong then.
    """
    begin = due_at.astimezone(UTC).replace(tzinfo=None)
    latest = utc_now() + CLOCK_TOLERANCE
    day = due_at.astimezone().date()  # as_of is a day of this machine's clock
    for record in read_records(history_dir):
        ended = record.status in {"published", "failed"}
        if ended and begin <= record.started_at <= latest and record.as_of >= day:
            return record
    return None


def check_results_path(history_dir: Path) -> Path:
    """Where check results are kept, each with the refreshes that had it."""
    return history_dir / "check_results.parquet"


def violations_path(history_dir: Path) -> Path:
    """Where the violations of the last release are kept, with the days on which they were seen."""
    return history_dir / "violations.parquet"


def kept_paths(history_dir: Path) -> tuple[Path, ...]:
    """The Parquet files of the history, which have a digest beside them."""
    return violations_path(history_dir), check_results_path(history_dir)


def kept_setting(history_dir: Path, digest: str) -> Path:
    """Where the content of a file of settings is kept, once for all refreshes that had it."""
    return history_dir / SETTINGS / f"{digest}{SETTING}"


def keep_settings(history_dir: Path, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Keep the contents of files of settings, by name; returns their digests."""
    digests = {name: digest_of(content) for name, content in contents.items()}
    for name, digest in digests.items():
        path = kept_setting(history_dir, digest)
        if why_not_whole(path, digest):
            write_atomically(path, contents[name])
    return digests


def read_settings(history_dir: Path, record: RefreshRecord) -> dict[str, str]:
    """The files of settings of a refresh, by name.

    Raises HistoryError where they were not kept, or one of them is not as it was written.
    """
    if record.settings is None:
        raise HistoryError(
            f"The settings of refresh {record.refresh_id} were not kept, so they cannot be shown: "
            f"it ended before it read them, or was of version 0.1. Its git_commit in ops.refreshes "
            f"says which files were shipped."
        )
    for name, digest in record.settings.items():
        path = kept_setting(history_dir, digest)
        if why := why_not_whole(path, digest):
            raise HistoryError(
                f"{path}, which is {name} of refresh {record.refresh_id}: {why}. Restore it from a "
                f"backup; no release depends on it."
            )
    return {
        name: kept_setting(history_dir, digest).read_text("utf-8", "replace")
        for name, digest in record.settings.items()
    }


def keep_violations(history_dir: Path, release_path: Path, as_of: date) -> None:
    """Keep the violations of a release for the refreshes that follow, replacing what was kept.

    A release of a day before the newest published one knows less, so it replaces nothing. One of a
    day that is still to come, when the clock was wrong, is no such newest one.
    """
    path = violations_path(history_dir)
    published = [row.as_of for row in read_records(history_dir) if row.status == "published"]
    days = [day for day in published if day <= date.today()]
    if path.exists() and as_of < max(days, default=as_of):
        return
    with duckdb.connect(release_path, read_only=True) as connection:
        keep_table(path, connection.table("quality.violations"))


def keep_table(path: Path, rows: duckdb.DuckDBPyRelation) -> None:
    """Replace a Parquet file of the history, and note its digest beside it."""
    with keeping(path) as partial:
        rows.write_parquet(str(partial), compression="zstd")


def require_kept(*paths: Path) -> None:
    """Raises HistoryError that names each file of the history that is not as it was written."""
    damage = {path: why for path in paths if (why := why_not_kept(path))}
    if damage:
        files = "".join(f"\n  - {path}: {why}" for path, why in damage.items())
        raise HistoryError(
            f"These files of the history are not as they were written, so nothing was built:{files}"
            "\nRestore each from the backup, with the file of its digest beside it, or move both "
            "away and go on without, once (warehouse refresh --go-on-without history): what it "
            "says of earlier refreshes is then missing from the quality tables, and violations "
            "count as new again."
        )


def _as_text(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return os.fspath(value)


def _read_record(path: Path) -> RefreshRecord:
    try:
        return _record(unsealed(path.read_bytes()))
    except (ValueError, KeyError, TypeError) as error:
        raise HistoryError(
            f"{path} cannot be used ({error}). It is the record of one earlier refresh, and the "
            f"quality tables need to know what was found then. Restore it from the backup, or move "
            f"it away to go on without that refresh."
        ) from error


# A record may be of another version of the project, which noted something else.
_FIELDS = {entry.name for entry in fields(RefreshRecord)}


def _record(stored: dict[str, Any]) -> RefreshRecord:
    for name in ("started_at", "finished_at", "checked_at", "rolled_back_at"):
        stored[name] = datetime.fromisoformat(stored[name]) if stored.get(name) else None
    stored["as_of"] = date.fromisoformat(stored["as_of"])
    known = {name: value for name, value in stored.items() if name in _FIELDS}
    known["steps"] = [
        StepRecord(**step | {"started_at": datetime.fromisoformat(step["started_at"])})
        for step in known.get("steps", [])
    ]
    return RefreshRecord(**known)

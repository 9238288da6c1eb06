"""History of the refreshes: a JSON record for each, and two Parquet files, outside the releases.

Releases are rebuilt from the landed log and deleted in time. The history is kept, so that the
quality tables can show what was found on any night.
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

# Clocks are corrected by seconds, at most by the hour of summer time.
CLOCK_TOLERANCE = timedelta(hours=1)
# Folder of the stored settings files, and their ending.
SETTINGS, SETTING = "settings", ".yaml"
OWN_SETTING = rf"[0-9a-f]{{64}}\{SETTING}"
REFRESH_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z(-[0-9]+)?")
# Name of the only study in records of versions before 0.2, whose numbers were fields of their own.
FORMER_STUDY = "study"
FORMER_GROUPS = ("rescue_stenting", "no_rescue_stenting")
# Great Expectations' record of the checks.
CHECKED = re.compile(r"[a-z_]+\.json")


class HistoryError(WarehouseError):
    """A file of the history is damaged; the message says which and what to do."""


@dataclass(frozen=True)
class StepRecord:
    """One attempt at a step of a refresh.

    ``status`` is ``done`` or ``failed``; ``peak_memory_mb`` is the resident memory of the process
    (MiB); ``what_to_do`` is the remedy for people if the step failed.
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

    ``refresh_number`` counts the refreshes and alone gives their order: a clock may be wrong.
    Records of earlier versions have none and get one when they are read.

    ``status`` is ``running``, ``published``, ``built`` (a release of a day in the past, beside the
    current one), ``failed`` or ``interrupted``.

    ``digests`` holds the digest of its release, under ``release``. ``settings`` holds the digests
    of the settings files that applied, by name (contents: ``kept_setting``); None for early
    versions. ``checked_at`` is when its check results were stored; None if it failed before that.
    ``change_note`` describes the changes since the release before, without patient values.
    ``locks`` holds the digest of the manifest of each lock of a study, by ``<study>/<day>``.
    ``studies`` holds the analyzed patients of each study by group, the default study first; the
    only study of an earlier version is called ``FORMER_STUDY``.
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
    studies: dict[str, dict[str, int]] = field(default_factory=dict)
    followup_pending: int | None = None  # unknown in records of early versions
    change_note: str | None = None
    rolled_back_at: datetime | None = None
    warehouse_version: str = ""
    git_commit: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] | None = None
    steps: list[StepRecord] = field(default_factory=list)
    mart_digests: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    locks: dict[str, str] = field(default_factory=dict)

    @property
    def cohort(self) -> dict[str, int]:
        """Analyzed patients of the default study by group."""
        return next(iter(self.studies.values()), {})

    @property
    def step_seconds(self) -> dict[str, float]:
        """Seconds of each step, all attempts together."""
        seconds: dict[str, float] = {}
        for step in self.steps:
            seconds[step.step] = round(seconds.get(step.step, 0) + step.seconds, 3)
        return seconds


def utc_now() -> datetime:
    """Return the time in UTC without a zone, for DuckDB's TIMESTAMP."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def new_refresh_id(history_dir: Path, started_at: datetime) -> str:
    """Return an id such as ``20220601T020000Z``, or ``20220601T020000Z-2`` if that exists."""
    stem = started_at.strftime("%Y%m%dT%H%M%SZ")
    taken = {path.stem for path in (history_dir / "refreshes").glob(f"{stem}*.json")}
    number, refresh_id = 1, stem
    while refresh_id in taken:
        number += 1
        refresh_id = f"{stem}-{number}"
    return refresh_id


def next_refresh_number(history_dir: Path) -> int:
    """Return the number for the next refresh."""
    return max((record.refresh_number for record in read_records(history_dir)), default=0) + 1


def files_of_refreshes(folder: Path, suffix: str) -> list[Path]:
    """Return files that are named after a refresh, or folders if the suffix is empty.

    Copies that people make of them are not included.
    """
    return [path for path in folder.glob(f"*{suffix}") if is_of_a_refresh(path, suffix)]


def record_files(history_dir: Path) -> list[Path]:
    """Return the records of refreshes, also damaged ones; not copies under another's name."""
    found = files_of_refreshes(history_dir / "refreshes", ".json")
    return [path for path in found if _refresh_id_in(path) in (path.stem, None)]


def _refresh_id_in(record: Path) -> str | None:
    """Return the id that a record states; None if it is damaged."""
    try:
        return str(unsealed(record.read_bytes())["refresh_id"])
    except (ValueError, KeyError, TypeError):
        return None


def check_records(folder: Path) -> list[Path]:
    """Return Great Expectations' records of a refresh; not copies of them."""
    return [path for path in folder.glob("*.json") if CHECKED.fullmatch(path.name)]


def is_of_a_refresh(path: Path, suffix: str) -> bool:
    """Return whether a file, or a folder if the suffix is empty, is named after a refresh."""
    is_named = REFRESH_ID.fullmatch(path.name.removesuffix(suffix)) is not None
    return is_named and (path.is_file() if suffix else path.is_dir())


def in_order(paths: Iterable[Path], records: Iterable[RefreshRecord]) -> list[Path]:
    """Return files that are named after refreshes, oldest first.

    A file whose refresh has no record is placed by the time in its name.
    """
    numbers = {record.refresh_id: record.refresh_number for record in records}

    def place(path: Path) -> tuple[int, tuple[str, int]]:
        time = time_key(path.stem)
        if path.stem in numbers:
            return numbers[path.stem], time
        earlier = [number for name, number in numbers.items() if time_key(name) < time]
        return max(earlier, default=0), time

    return sorted(paths, key=place)


def time_key(refresh_id: str) -> tuple[str, int]:
    """Return a sort key of an id: its time; as text, ``…Z-10`` would come before ``…Z-2``."""
    stem, _, number = refresh_id.partition("-")
    return stem, int(number or 1)


def write_record(history_dir: Path, record: RefreshRecord) -> None:
    """Store the record, replacing an earlier state of the same refresh."""
    text = json.dumps(asdict(record), default=_as_text, indent=2)  # groups keep their order
    write_atomically(record_path(history_dir, record.refresh_id), sealed(text))


def record_path(history_dir: Path, refresh_id: str) -> Path:
    """Return the path of the record of a refresh."""
    return history_dir / "refreshes" / f"{refresh_id}.json"


def read_record(history_dir: Path, refresh_id: str) -> RefreshRecord | None:
    """Return the record of a refresh; None if it is missing, damaged, or another one's copy."""
    path = record_path(history_dir, refresh_id)
    try:
        record = _read_record(path) if path.exists() else None
    except HistoryError:
        return None
    return record if record and record.refresh_id == refresh_id else None


def read_records(history_dir: Path) -> list[RefreshRecord]:
    """Return all stored records, oldest first."""
    paths = files_of_refreshes(history_dir / "refreshes", ".json")
    read = [(path, _read_record(path)) for path in paths]
    records = [record for path, record in read if record.refresh_id == path.stem]  # no copies
    numbered = {time_key(row.refresh_id): row.refresh_number for row in records}
    # Records without a number are of an earlier version, which may have run in between.
    for time in sorted(time for time, number in numbered.items() if not number):
        numbered[time] = 1 + max(number for at, number in numbered.items() if at <= time)
    for record in records:
        record.refresh_number = numbered[time_key(record.refresh_id)]
    return sorted(records, key=lambda record: record.refresh_number)


def last_published(history_dir: Path) -> RefreshRecord | None:
    """Return the newest refresh that published a release, if any did."""
    published = [record for record in read_records(history_dir) if record.status == "published"]
    return published[-1] if published else None


def refresh_since(history_dir: Path, due_at: datetime) -> RefreshRecord | None:
    """Return the first refresh of that night's work, begun at or after ``due_at`` (with a zone).

    It was published or failed, and was for that day or a later one. An interrupted refresh does not
    count, nor one whose start is in the future: the clock was wrong then.
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
    """Return the path of the check results, each with the refreshes that had it."""
    return history_dir / "check_results.parquet"


def violations_path(history_dir: Path) -> Path:
    """Return the path of the last release's violations, with the days when they were seen."""
    return history_dir / "violations.parquet"


def kept_paths(history_dir: Path) -> tuple[Path, ...]:
    """Return the Parquet files of the history, which have a digest beside them."""
    return violations_path(history_dir), check_results_path(history_dir)


def kept_setting(history_dir: Path, digest: str) -> Path:
    """Return the path of a stored settings file, which all refreshes with this digest share."""
    return history_dir / SETTINGS / f"{digest}{SETTING}"


def keep_settings(history_dir: Path, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Store the contents of settings files, by name; return their digests."""
    digests = {name: digest_of(content) for name, content in contents.items()}
    for name, digest in digests.items():
        path = kept_setting(history_dir, digest)
        if why_not_whole(path, digest):
            write_atomically(path, contents[name])
    return digests


def read_settings(history_dir: Path, record: RefreshRecord) -> dict[str, str]:
    """Return the texts of the settings files of a refresh, by name.

    Raises HistoryError if they were not stored, or if one is damaged.
    """
    if record.settings is None:
        raise HistoryError(
            f"The settings of refresh {record.refresh_id} were not stored: it ended before it read "
            f"them, or was of version 0.1. Its git_commit in ops.refreshes identifies the shipped "
            f"files."
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
    """Store the violations of a release for later refreshes, replacing the stored ones.

    A release of a day before the newest published one knows less, so it replaces nothing. A release
    of a future day, built while the clock was wrong, does not count as the newest one.
    """
    path = violations_path(history_dir)
    published = [row.as_of for row in read_records(history_dir) if row.status == "published"]
    days = [day for day in published if day <= date.today()]
    if path.exists() and as_of < max(days, default=as_of):
        return
    with duckdb.connect(release_path, read_only=True) as connection:
        keep_table(path, connection.table("quality.violations"))


def keep_table(path: Path, rows: duckdb.DuckDBPyRelation) -> None:
    """Replace a Parquet file of the history and the digest beside it."""
    with keeping(path) as partial:
        rows.write_parquet(str(partial), compression="zstd")


def require_kept(*paths: Path) -> None:
    """Raise HistoryError with the files of the history that differ from what was written."""
    damage = {path: why for path in paths if (why := why_not_kept(path))}
    if damage:
        files = "".join(f"\n  - {path}: {why}" for path, why in damage.items())
        raise HistoryError(
            f"These files of the history are damaged or edited, so nothing was built:{files}"
            "\nRestore each from the backup, with the file of its digest beside it. Or move both "
            "away and continue without them once (warehouse refresh --go-on-without history): "
            "their results of earlier refreshes are then missing from the quality tables, and "
            "violations count as new again."
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
            f"{path} cannot be read ({error}). It is the record of an earlier refresh, which the "
            f"quality tables need. Restore it from the backup, or move it away to continue without "
            f"that refresh."
        ) from error


# A record may come from another version, with other fields.
_FIELDS = {entry.name for entry in fields(RefreshRecord)}


# Steps by their names in records of earlier versions.
_RENAMED_STEPS = {"audit": "release gate"}


def _record(stored: dict[str, Any]) -> RefreshRecord:
    for name in ("started_at", "finished_at", "checked_at", "rolled_back_at"):
        stored[name] = datetime.fromisoformat(stored[name]) if stored.get(name) else None
    stored["as_of"] = date.fromisoformat(stored["as_of"])
    if former := {name: stored[name] for name in FORMER_GROUPS if name in stored}:
        stored["studies"] = {FORMER_STUDY: former}
    known = {name: value for name, value in stored.items() if name in _FIELDS}
    known["steps"] = [_step(step) for step in known.get("steps", [])]
    return RefreshRecord(**known)


def _step(stored: dict[str, Any]) -> StepRecord:
    name = _RENAMED_STEPS.get(stored["step"], stored["step"])
    started_at = datetime.fromisoformat(stored["started_at"])
    return StepRecord(**stored | {"step": name, "started_at": started_at})

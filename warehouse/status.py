"""Status of the warehouse, for people at the console and for monitoring systems."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from warehouse.files import what_lies
from warehouse.history import CLOCK_TOLERANCE, RefreshRecord, kept_paths, read_records, utc_now
from warehouse.interrupted import as_killed
from warehouse.lock import is_refresh_running, lock_path
from warehouse.locks.lock import fault_lines
from warehouse.lost_state import HISTORY_LOST, lost_lines
from warehouse.releases.on_disk import Release, releases_on_disk
from warehouse.settings import Settings
from warehouse.sql_shell.session import misplaced
from warehouse.text import one_line, shortened

GIBIBYTE = 1 << 30
# The local day can differ from the UTC day by one.
CLOCKS_DIFFER = timedelta(days=1)


# Of the reason of a failure: monitoring systems cut off long lines. The log has all of it.
MOST_CHARACTERS = 600
NO_RELEASE = "there is no release"
NO_RECORD = "the history has no record of it"
ROLL_BACK = ", or roll back to another release (warehouse rollback ID)"


class Level(IntEnum):
    """Severity, with the exit codes of Nagios plugins."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True)
class Status:
    """State of the warehouse now (times in UTC).

    ``release`` is the last good release. ``release_read`` is the published one: another one after a
    rollback, None if the published file is no kept release. ``release_damage`` says how that file
    differs from what was published, ``release_remedy`` what to do, and ``release_misplaced`` what
    lies in its place and is no file, or that it is missing beside kept releases. ``lost`` has a
    line for each missing file of the history and for what is in its place, for a missing or wrong
    key, and for each lock of a study that is gone or was edited.
    """

    release: str | None
    release_read: str | None
    release_damage: str | None
    release_remedy: str | None
    release_misplaced: str | None
    release_at: datetime | None
    release_age_hours: float | None
    rolled_back_at: datetime | None
    allowed_age_hours: float
    running_since: datetime | None
    last_failure_at: datetime | None
    last_failure: str | None
    alerts_waiting: int
    free_gib: float
    required_free_gib: float
    lost: list[str]

    @property
    def is_late(self) -> bool:
        """Whether the last good release is older than allowed or missing."""
        return self.release_age_hours is None or self.release_age_hours > self.allowed_age_hours

    @property
    def level(self) -> Level:
        """The highest severity among the remarks."""
        return max((level for level, _ in self._remarks()), default=Level.OK)

    @property
    def line(self) -> str:
        """The remarks in one line, the worst first, then the figures (Nagios plugin format)."""
        remarks = sorted(self._remarks(), key=lambda remark: -remark[0])
        texts = "; ".join(text for _, text in remarks)
        return f"WAREHOUSE {self.level.name}: {texts} | {self._figures()}"

    @property
    def facts(self) -> dict[str, Any]:
        """The status as JSON-ready values."""
        return {"level": self.level.name, "exit_code": int(self.level), **asdict(self)}

    @property
    def release_text(self) -> str:
        """Age of the last good release, as text."""
        return self._release_remark()[1]

    def _remarks(self) -> Iterator[tuple[Level, str]]:
        is_damaged = self.release_damage is not None and self.release_read == self.release
        if self.is_late or not is_damaged:  # a damaged release is not called good as well
            yield self._release_remark()
        if self.release and self.release_read != self.release:
            read = self.release_read or "a file of no release"
            level = Level.WARNING if self.release_read else Level.CRITICAL  # edited, or replaced
            since = f", which was rolled back at {self.rolled_back_at} UTC"
            yield (
                level,
                f"the current release is {read}, not the last one"
                f"{since if self.rolled_back_at else ''}",
            )
        if self.release_damage:
            yield (
                Level.CRITICAL,
                f"current release {self.release_read}: {self.release_damage}; "
                f"{self.release_remedy}",
            )
        for loss in self.lost:
            yield Level.CRITICAL, loss
        if self.running_since:
            yield Level.OK, f"a refresh has been running since {self.running_since} UTC"
        if self.last_failure:
            reason = shortened(one_line(self.last_failure).rstrip("."), MOST_CHARACTERS)
            reason = reason.replace("|", "/")
            yield Level.WARNING, f"the refresh of {self.last_failure_at} UTC: {reason}"
        if self.alerts_waiting:
            yield Level.WARNING, f"{self.alerts_waiting} alerts could not be sent yet"
        if self.free_gib < self.required_free_gib:
            yield Level.WARNING, f"only {self.free_gib:.1f} GiB of disk are free"

    def _release_remark(self) -> tuple[Level, str]:
        if self.release_age_hours is None:
            missing = "there is no good release" if self.release_read else NO_RELEASE
            return Level.CRITICAL, self.release_misplaced or missing
        if self.release_age_hours < 0:
            return Level.UNKNOWN, (
                f"the last good release, {self.release}, ended at {self.release_at} UTC, which is "
                f"in the future: the clock of this machine is wrong, or was wrong then"
            )
        age = f"the last good release, {self.release}, is {self.release_age_hours:.1f} h old"
        if self.is_late:
            return Level.CRITICAL, f"{age}, more than the {self.allowed_age_hours:g} h allowed"
        return Level.OK, age

    def _figures(self) -> str:
        age = self.release_age_hours
        age_figure = "U" if age is None or age < 0 else f"{age:.2f}"
        return (
            f"age_hours={age_figure};;{self.allowed_age_hours:g} "
            f"free_gib={self.free_gib:.1f};{self.required_free_gib:g}: "
            f"alerts_waiting={self.alerts_waiting};0"
        )


def read_status(settings: Settings) -> Status:
    """Return the status of the warehouse. Raises HistoryError if a record is damaged."""
    records = read_records(settings.history_dir)
    last = records[-1] if records else None
    running = last is not None and last.status == "running" and is_refresh_running(settings)
    was_killed = last is not None and last.status == "running" and not running
    if last is not None and was_killed:
        last = records[-1] = as_killed(settings, last)
    nights = [record for record in records if _is_of_its_day(record)]
    published = [record for record in nights if record.status == "published"]
    good = published[-1] if published else None
    if not settings.published_path.is_file():
        good = None  # nobody can open it
    releases = releases_on_disk(settings)
    current = next((release for release in releases if release.is_current), None)
    damage = _damage(current)
    ended = [record for record in nights if record.status != "running"]
    failed = ended[-1] if ended and ended[-1].reason else None
    if was_killed:
        failed = last
    return Status(
        release=good.refresh_id if good else None,
        release_read=current.refresh_id if current else None,
        release_damage=damage,
        release_remedy=_remedy(releases) if damage else None,
        release_misplaced=misplaced(settings),
        release_at=good.finished_at if good else None,
        release_age_hours=_hours_since(good.finished_at or good.started_at) if good else None,
        rolled_back_at=good.rolled_back_at if good else None,
        allowed_age_hours=settings.release_max_age_hours,
        running_since=last.started_at if running and last else None,
        last_failure_at=failed.started_at if failed else None,
        last_failure=failed.reason if failed else None,
        alerts_waiting=len(list((settings.alerts_dir / "outbox").glob("*.json"))),
        free_gib=shutil.disk_usage(settings.data).free / GIBIBYTE,
        required_free_gib=settings.disk_free_min_gib,
        lost=[
            *_in_the_way(settings),
            *lost_lines(settings, records),
            *fault_lines(settings, records),
        ],
    )


def _in_the_way(settings: Settings) -> Iterator[str]:
    """Yield a line for what is in the place of a file that refreshes need."""
    lock = lock_path(settings)
    if lock.is_dir() and any(lock.iterdir()):  # an empty one is removed by the next refresh
        yield f"{lock} is a folder, so that no refresh can start; move it away"
    for path in kept_paths(settings.history_dir):
        if path.exists() and not path.is_file():
            yield f"{path} is {what_lies(path)}; move it away and restore the file from a backup"


def _damage(current: Release | None) -> str | None:
    """Return what is wrong with the current release."""
    if current is None:
        return None
    return NO_RECORD if current.record is None else current.damage


def _remedy(releases: list[Release]) -> str:
    """Return what to do about it; a rollback needs another release with a record."""
    remedy = "refresh" if any(one.is_current and one.record for one in releases) else HISTORY_LOST
    others = any(one.record and not one.is_current for one in releases)
    return f"{remedy}{ROLL_BACK if others else ''}"


def _is_of_its_day(record: RefreshRecord) -> bool:
    """Return whether a refresh was for its own day, not for a day in the past."""
    return record.as_of >= (record.started_at - CLOCKS_DIFFER).date()


def _hours_since(time: datetime) -> float:
    """Return hours since a time; negative if it is in the future beyond the clock tolerance."""
    since = utc_now() - time
    is_now = -CLOCK_TOLERANCE <= since < timedelta(0)
    return 0.0 if is_now else since.total_seconds() / 3600

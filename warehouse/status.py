"""How the warehouse is, at a glance: for a person at the console and for monitoring systems."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from warehouse.history import CLOCK_TOLERANCE, RefreshRecord, read_records, utc_now
from warehouse.interrupted import as_killed
from warehouse.lock import is_refresh_running
from warehouse.lost_state import lost_lines
from warehouse.releases.catalogue import Release, current_release
from warehouse.settings import Settings

GIBIBYTE = 1 << 30
# A day of the site can be a day off the day in UTC.
CLOCKS_DIFFER = timedelta(days=1)


NO_RELEASE = "there is no release"
NO_RECORD = "the history has no record of it"


class Level(IntEnum):
    """How serious: the exit codes that monitoring systems know from Nagios plugins."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True)
class Status:
    """How the warehouse is now (times in UTC).

    ``release`` is the last good one; ``release_read`` the one that people read, which is another
    after a rollback, and None where the published file is no kept release. ``release_damage`` says
    why that file is not as it was published. ``lost`` has a line for each file of the history that
    is gone, and for a lost key.
    """

    release: str | None
    release_read: str | None
    release_damage: str | None
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
        """Whether the last good release is older than allowed, or there is none."""
        return self.release_age_hours is None or self.release_age_hours > self.allowed_age_hours

    @property
    def level(self) -> Level:
        """The most serious of what there is to say."""
        return max((level for level, _ in self._remarks()), default=Level.OK)

    @property
    def line(self) -> str:
        """Everything in one line, the worst first, with figures after the bar (Nagios plugin)."""
        remarks = sorted(self._remarks(), key=lambda remark: -remark[0])
        said = "; ".join(text for _, text in remarks)
        return f"WAREHOUSE {self.level.name}: {said} | {self._figures()}"

    @property
    def facts(self) -> dict[str, Any]:
        """The same for programs."""
        return {"level": self.level.name, "exit_code": int(self.level), **asdict(self)}

    @property
    def release_text(self) -> str:
        """How old the last good release is."""
        return self._release_remark()[1]

    def _remarks(self) -> Iterator[tuple[Level, str]]:
        yield self._release_remark()
        if self.release and self.release_read != self.release:
            read = f"release {self.release_read}" if self.release_read else "a file of no release"
            level = Level.WARNING if self.release_read else Level.CRITICAL  # edited, or replaced
            since = f", which was rolled back at {self.rolled_back_at} UTC"
            yield (
                level,
                f"people read {read}, not the last one{since if self.rolled_back_at else ''}",
            )
        if self.release_damage:
            yield (
                Level.CRITICAL,
                f"release {self.release_read}, which people read: {self.release_damage}; refresh, "
                "or go back to another one (warehouse rollback)",
            )
        for loss in self.lost:
            yield Level.CRITICAL, loss
        if self.running_since:
            yield Level.OK, f"a refresh runs since {self.running_since} UTC"
        if self.last_failure:
            reason = " ".join(self.last_failure.split()).replace("|", "/").rstrip(".")
            yield Level.WARNING, f"the refresh of {self.last_failure_at} UTC: {reason}"
        if self.alerts_waiting:
            yield Level.WARNING, f"{self.alerts_waiting} alerts could not be sent yet"
        if self.free_gib < self.required_free_gib:
            yield Level.WARNING, f"only {self.free_gib:.1f} GiB of disk are free"

    def _release_remark(self) -> tuple[Level, str]:
        if self.release_age_hours is None:
            return Level.CRITICAL, "there is no good release" if self.release_read else NO_RELEASE
        if self.release_age_hours < 0:
            return Level.UNKNOWN, (
                f"the last good release, {self.release}, ended at {self.release_at} UTC, which is "
                f"still to come: this machine's clock is wrong, or was then"
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
    """How the warehouse of these settings is. Raises HistoryError when a record is damaged."""
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
        good = None  # whatever the history says, nobody can open it
    current = current_release(settings)
    ended = [record for record in nights if record.status != "running"]
    failed = ended[-1] if ended and ended[-1].reason else None
    if was_killed:
        failed = last
    return Status(
        release=good.refresh_id if good else None,
        release_read=current.refresh_id if current else None,
        release_damage=_damage(current) if current else None,
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
        lost=lost_lines(settings, records),
    )


def _damage(current: Release) -> str | None:
    return NO_RECORD if current.record is None else current.damage


def _is_of_its_day(record: RefreshRecord) -> bool:
    """Whether it did a night's work: one for a day in the past says nothing of the nights."""
    return record.as_of >= (record.started_at - CLOCKS_DIFFER).date()


def _hours_since(moment: datetime) -> float:
    """Hours since a moment; below zero where it is still to come, by more than clocks are off."""
    since = utc_now() - moment
    is_now = -CLOCK_TOLERANCE <= since < timedelta(0)
    return 0.0 if is_now else since.total_seconds() / 3600

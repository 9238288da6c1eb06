"""A refresh in progress: its lock, its record, and how each step went."""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

from warehouse.alerts.notify import alerting
from warehouse.definitions.config import config_lines, contents_in_force
from warehouse.digests import digest_of
from warehouse.disk import disk_errors_explained
from warehouse.errors import WarehouseError
from warehouse.expected import Overdue
from warehouse.history import (
    RefreshRecord,
    StepRecord,
    keep_settings,
    new_refresh_id,
    next_refresh_number,
    utc_now,
    write_record,
)
from warehouse.interrupted import why_ended
from warehouse.landing import LandingReport
from warehouse.lock import lock_path, refresh_lock
from warehouse.logs import refresh_log
from warehouse.publish import candidate_path, remove_leftovers
from warehouse.refresh.errors import (
    LAST_STAYS,
    WHAT_TO_DO,
    Loss,
    SettingsChangedError,
    StepFailedError,
)
from warehouse.refresh.measure import Measured, measured
from warehouse.refresh.missing_files import require_history
from warehouse.refresh.places import open_lines, require_places, stray_lines
from warehouse.refresh.preconditions import require_clock, require_day
from warehouse.refresh.recovery import clean_up_after_crash
from warehouse.releases.on_disk import current_release
from warehouse.settings import IN_REPOSITORY, PROJECT_DIR, Settings
from warehouse.stop_signals import not_losing_signals

log = logging.getLogger(__name__)

REPORTED_VERSIONS = ("duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "prefect", "scipy")


class RefreshContext:
    """One refresh in progress: its settings, its record, its files and where it reports to."""

    def __init__(
        self,
        settings: Settings,
        as_of: date | None,
        *,
        full: bool = False,
        without: Collection[Loss] = (),
    ) -> None:
        started_at = utc_now()
        self.full = full
        self.without = without
        self.settings = settings
        self.current = current_release(settings)
        self.damage: str | None = None  # of the current release, known when the next is published
        self.landing: LandingReport | None = None
        self.inputs: str | None = None  # digest of all that the tables depend on
        self.is_idle = False  # whether it is that of the last release
        self.warnings: list[str] = []
        self.overdue: list[Overdue] = []
        self.current_step = "start"
        self.record = RefreshRecord(
            refresh_id=new_refresh_id(settings.history_dir, started_at),
            refresh_number=next_refresh_number(settings.history_dir),
            started_at=started_at,
            as_of=as_of or date.today(),
            warehouse_version=version("thrombectomy-warehouse"),
            git_commit=_git_commit(),
            versions={name: version(name) for name in REPORTED_VERSIONS},
        )

    @property
    def before(self) -> RefreshRecord | None:
        """The refresh whose release people read until this one is published."""
        return self.current.record if self.current else None

    @property
    def is_past_day(self) -> bool:
        """Whether it shows a day in the past; people keep the current release then.

        See docs/decisions/0011-releases.md.
        """
        before = self.before
        return before is not None and self.record.as_of < min(before.as_of, date.today())

    @property
    def candidate(self) -> Path:
        """The file that becomes the release."""
        return candidate_path(self.settings.releases_dir)

    @property
    def is_unchanged(self) -> bool:
        """Whether the compared marts equal those of the release before, which is not damaged."""
        before = self.before if self.damage is None else None
        return before is not None and before.mart_digests == self.record.mart_digests

    @contextmanager
    def step(self, title: str) -> Iterator[Measured]:
        """Log the start of a step, and note its result, time and memory.

        Raises StepFailedError in place of an error that is not meant for people.
        """
        self.current_step = title
        log.info("%s ...", title)
        started_at, status = utc_now(), "failed"
        try:
            with (
                measured() as taken,
                disk_errors_explained(self.settings, _what_stays(self.record)),
                not_losing_signals(),
            ):
                yield taken
            status = "done"
        except WarehouseError:
            raise
        except Exception as error:
            raise StepFailedError(title, error, _what_stays(self.record)) from error
        finally:
            self._note_step(title, started_at, taken, status)

    def _note_step(self, title: str, started_at: datetime, taken: Measured, status: str) -> None:
        earlier = [step for step in self.record.steps if step.step == title]
        self.record.steps.append(
            StepRecord(
                step=title,
                attempt=len(earlier) + 1,
                started_at=started_at,
                seconds=taken.seconds,
                rows=taken.rows,
                peak_memory_mb=taken.peak_memory_mb,
                status=status,
                what_to_do=None if status == "done" else WHAT_TO_DO[title],
            )
        )


@contextmanager
def refreshing(
    settings: Settings,
    as_of: date | None = None,
    *,
    full: bool = False,
    without: Collection[Loss] = (),
) -> Iterator[RefreshContext]:
    """Hold the lock and keep the record of one refresh, however it ends; ``full`` lands all again.

    ``without`` says which losses were decided to be final. Raises LostError of a lost history,
    AlreadyRunningError when another refresh is at work, FutureDayError for a day to come,
    ClockError when the clock was set back, DiskFullError and CannotWriteError.
    """
    require_day(as_of)
    with (
        alerting(settings) as alerts,
        disk_errors_explained(settings, LAST_STAYS),
        refresh_lock(lock_path(settings)),
    ):
        if as_of is None:
            require_clock(settings)
        clean_up_after_crash(settings)
        require_history(settings, without)
        refresh = RefreshContext(settings, as_of, full=full, without=without)
        alerts.refresh = refresh
        write_record(settings.history_dir, refresh.record)
        try:
            with disk_errors_explained(settings, LAST_STAYS), refresh_log(refresh):
                _note_settings(refresh)
                yield refresh
        except BaseException as error:
            _note_failure(refresh.record, error)
            with suppress(OSError):  # on a full disk: people need to know what went wrong first
                _note_end(refresh)
            raise
        _note_end(refresh)


@contextmanager
def failing_to_begin(settings: Settings) -> Iterator[None]:
    """Record a refresh that fails in the block, before it could begin, as one that failed.

    Prefect's server may not start; and the rules are made of the dictionary and the study's
    definition when they are imported. Their errors would otherwise appear only on the console.
    """
    try:
        with disk_errors_explained(settings, LAST_STAYS):
            yield
    except WarehouseError as error:
        with refreshing(settings):
            raise error


def _note_settings(refresh: RefreshContext) -> None:
    """Keep the settings in force, and what people should look at in them and in the folders."""
    settings = refresh.settings
    require_places(settings)
    before = (refresh.before and refresh.before.settings) or {}
    refresh.warnings = [*stray_lines(settings), *open_lines(settings), *config_lines(before)]
    refresh.record.settings = keep_settings(settings.history_dir, contents_in_force())


def require_same_settings(refresh: RefreshContext) -> None:
    """Raises SettingsChangedError where a settings file is not what it was when the refresh began.

    Studies and mappings are read more than once, and a release has the numbers of one of each.
    """
    before = refresh.record.settings or {}
    now = {name: digest_of(content) for name, content in contents_in_force().items()}
    if changed := sorted({*before.items()} ^ {*now.items()}):
        names = ", ".join(dict.fromkeys(name for name, _ in changed))
        raise SettingsChangedError(
            f"{names} changed while the refresh ran, so the release was not published: parts of it "
            f"may be of before, and parts of after. {LAST_STAYS}Refresh again."
        )


def _note_failure(record: RefreshRecord, error: BaseException) -> None:
    """Note how a refresh ended early; one that was stopped (SIGTERM, Ctrl-C) did not fail."""
    is_failure = isinstance(error, Exception)
    if record.release is None:
        record.status = "failed" if is_failure else "interrupted"
    record.reason = why_ended(error, record)
    if not is_failure:  # nothing else reports the state of the release
        log.warning("%s%s", record.reason, "" if record.release else f" {LAST_STAYS}")


def _note_end(refresh: RefreshContext) -> None:
    refresh.record.finished_at = utc_now()
    remove_leftovers(refresh.settings.releases_dir)
    write_record(refresh.settings.history_dir, refresh.record)


def _what_stays(record: RefreshRecord) -> str:
    return f"Release {record.release} is published. " if record.release else LAST_STAYS


def _git_commit() -> str | None:
    """The commit of the code, where it runs from a git checkout and git is installed."""
    if not IN_REPOSITORY or shutil.which("git") is None:
        return None
    outcome = subprocess.run(
        ["git", "-C", str(PROJECT_DIR), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.stdout.strip() or None

"""The steps of a refresh, as plain functions that a flow (or a test) calls in order.

land -> check -> build -> audit -> publish -> report. Each step reads what the one before left in
the data folder; a step that fails before publish leaves the last release as it is.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import duckdb

from warehouse.alerts.telling import alerting
from warehouse.build import DbtFolders, build_release
from warehouse.checks.audit import audit_release
from warehouse.checks.landing_results import store_landing_results
from warehouse.checks.run import run_checks
from warehouse.data_docs.site import write_data_docs
from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.definitions.study import load_study
from warehouse.disk import NO_ROOM, disk_troubles_told, room_needed, trouble
from warehouse.errors import WarehouseError, reason_without_values
from warehouse.files import replacing
from warehouse.guards import require_clock, require_day, require_deliveries
from warehouse.head_start import parsing
from warehouse.history import (
    RefreshRecord,
    StepRecord,
    check_results_path,
    keep_violations,
    new_refresh_id,
    read_records,
    utc_now,
    write_record,
)
from warehouse.landing import LandingReport, land
from warehouse.landing.afresh import land_afresh
from warehouse.load import load_history, load_landed, load_study_definition, new_work_database
from warehouse.lock import lock_path, refresh_lock
from warehouse.logs import refresh_log
from warehouse.measure import Measured, measured
from warehouse.publish import (
    candidate_path,
    mart_digests,
    publish,
    remove_leftovers,
    remove_old_releases,
    store,
)
from warehouse.recovery import clean_up_after_crash
from warehouse.releases.catalogue import current_release
from warehouse.releases.note_of_refresh import note_of_candidate
from warehouse.releases.own_record import complete_own_record
from warehouse.report import (
    write_dbt_docs,
    write_quality_report,
    write_query_workbooks,
    write_report_site,
)
from warehouse.retry import require_reached
from warehouse.settings import PROJECT_DIR, Settings

log = logging.getLogger(__name__)

REPORTED_VERSIONS = ("duckdb", "dbt-core", "dbt-duckdb", "great-expectations", "prefect", "scipy")
# The schemas whose content depends on deliveries, study and day alone, and not on the refresh.
COMPARED_SCHEMAS = ("codes", "registry", "study")
LAST_STAYS = "The last release stays as it is. "
WHAT_TO_DO = {
    "land": "Look whether the deliveries' folder can be read, and refresh again: what was landed "
    "counts, and the rest is landed then.",
    "check": "Look for a delivery or a rule that is new since the last refresh that went well.",
    "build": "Look for a delivery, a code list or a model that is new since the last refresh that "
    "went well; the models' names are those of dbt_project/models.",
    "audit": "Look for a delivery or a rule that changed; Great Expectations' pages say which rows "
    "break the invariant.",
    "publish": "Look whether the releases' folder can be written to, and refresh again.",
    "report": "The release can be used. Mend the cause and refresh again, so that the pages are of "
    "this release.",
}


class GateFailedError(WarehouseError):
    """The candidate broke an invariant; the last release stays."""

    concerns = "data_manager"


class ReportsError(WarehouseError):
    """A release is published, and not all of its reports could be written."""

    exit_code = 4
    opening = "Published, but not all done."


class StepFailedError(WarehouseError):
    """A step ended with an error that nobody foresaw; the message says what to do."""

    def __init__(self, step: str, error: Exception, stays: str) -> None:
        self._step, self._kind = step, type(error).__name__
        self._then = f"{stays}{WHAT_TO_DO[step]}"
        super().__init__(f"The step {step} failed: {self._kind}: {error}\n{self._then}")

    @property
    def without_values(self) -> str:
        """Which step and kind of error, and what to do; what the error says stays here."""
        return f"The step {self._step} failed ({self._kind}). {self._then}"


class Reported(Protocol):
    """What reports are written about: a release of an installation."""

    settings: Settings
    record: RefreshRecord


class Refresh:
    """One refresh in progress: its settings, its record, its files and where it reports to."""

    def __init__(self, settings: Settings, as_of: date | None, *, full: bool = False) -> None:
        started_at = utc_now()
        self.full = full
        self.settings = settings
        self.current = current_release(settings)
        self.landing: LandingReport | None = None
        self.warnings: list[str] = []
        self.current_step = "start"
        self.record = RefreshRecord(
            refresh_id=new_refresh_id(settings.history_dir, started_at),
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
        """Whether the compared marts equal those of the release before."""
        return self.before is not None and self.before.mart_digests == self.record.mart_digests

    @contextmanager
    def step(self, title: str) -> Iterator[Measured]:
        """Tell that a step begins, and note how it went and what it took.

        Raises StepFailedError in place of an error that is not meant for people.
        """
        self.current_step = title
        log.info("%s ...", title)
        started_at, status = utc_now(), "failed"
        try:
            with measured() as taken, disk_troubles_told(self.settings, _what_stays(self.record)):
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
    settings: Settings, as_of: date | None = None, *, full: bool = False
) -> Iterator[Refresh]:
    """Hold the lock and keep the record of one refresh, however it ends; ``full`` lands all again.

    Raises AlreadyRunningError when another refresh is at work, FutureDayError for a day to come,
    ClockError when the clock was set back, NoRoomError and CannotWriteError.
    """
    require_day(as_of)
    with (
        alerting(settings) as alerts,
        disk_troubles_told(settings, LAST_STAYS),
        refresh_lock(lock_path(settings)),
    ):
        if as_of is None:
            require_clock(settings)
        clean_up_after_crash(settings)
        refresh = Refresh(settings, as_of, full=full)
        alerts.refresh = refresh
        write_record(settings.history_dir, refresh.record)
        try:
            with refresh_log(refresh):
                yield refresh
        except BaseException as error:
            if refresh.record.release is None:
                # Whoever was stopped (SIGTERM, Ctrl-C) did not fail at the night's work.
                refresh.record.status = "failed" if isinstance(error, Exception) else "interrupted"
            refresh.record.reason = reason_without_values(error)
            with suppress(OSError):  # on a full disk: people need to know what went wrong first
                _note_end(refresh)
            raise
        _note_end(refresh)


def land_deliveries(refresh: Refresh, *, is_last_try: bool = True) -> None:
    """Land new files; note what came in.

    Raises UnreachableError for files that the file system could not give just now, which another
    try may land; the last try goes on with what there is.
    """
    with refresh.step("land") as taken:
        if refresh.full:
            refresh.landing = landed = land_afresh(refresh.settings, progress=log.info)
        else:
            landed = land(refresh.settings, progress=log.info, as_of=refresh.record.as_of)
            refresh.landing = refresh.landing.and_then(landed) if refresh.landing else landed
        if not is_last_try:
            require_reached(landed)
        require_deliveries(refresh.settings, refresh.record.as_of, refresh.landing.left_lines)
        refresh.record.files_landed = refresh.landing.files_landed
        refresh.record.rows_landed = refresh.landing.rows_landed
        refresh.record.rows_unreadable = refresh.landing.rows_unreadable
        taken.rows = refresh.landing.rows_landed


def check_rows(refresh: Refresh) -> None:
    """Load the log into a fresh work database and judge every row in it."""
    settings, record = refresh.settings, refresh.record
    with refresh.step("check") as taken:
        with new_work_database(settings.work_path) as connection:
            load_landed(connection, settings.landed_dir, dictionary(), record.as_of)
            load_study_definition(connection, load_study())
            load_history(connection, settings.history_dir, record)
        run_checks(
            settings.work_path,
            record.refresh_id,
            settings.history_dir / "checks" / record.refresh_id,
            progress=log.info,
        )
        taken.rows = _keep_check_results(refresh)


def build_marts(refresh: Refresh) -> None:
    """Build and test all models into the candidate. Raises BuildError naming what failed."""
    with refresh.step("build"):
        parsing.wait()
        build_release(DbtFolders.of(refresh.settings))


def audit_candidate(refresh: Refresh) -> None:
    """Judge the candidate's invariants. Raises GateFailedError that lists what does not hold."""
    with refresh.step("audit"):
        results_dir = refresh.settings.history_dir / "checks" / refresh.record.refresh_id
        gate = audit_release(refresh.candidate, results_dir, refresh.record.refresh_id)
        refresh.warnings = [str(warning) for warning in gate.warnings]
        if not gate.passed:
            problems = "\n".join(f"  - {failure}" for failure in gate.failures)
            pages = _write_data_docs(refresh)
            raise GateFailedError(
                f"The new release was not published, because it does not hold together:\n"
                f"{problems}\nThe last release stays as it is. Look for a delivery or a rule that "
                f"changed; what Great Expectations found is in {pages}."
            )


def publish_release(refresh: Refresh) -> None:
    """Note what the candidate holds, then make it the release that everybody reads.

    One that shows a day in the past is kept beside the current release instead.
    """
    settings, record = refresh.settings, refresh.record
    with refresh.step("publish") as taken:
        record.mart_digests = mart_digests(refresh.candidate, COMPARED_SCHEMAS)
        taken.rows = sum(int(digest.split(":")[0]) for digest in record.mart_digests.values())
        _note_counts(refresh)
        is_past_day = refresh.is_past_day
        record.change_note = note_of_candidate(
            refresh.candidate, record, refresh.current, is_past_day
        )
        write_record(settings.history_dir, record)  # what is known if the process ends here
        status = "built" if is_past_day else "published"
        complete_own_record(refresh.candidate, record, status)
        if is_past_day:
            release = store(refresh.candidate, record.refresh_id)
        else:
            release = publish(refresh.candidate, record.refresh_id, settings.published_path)
        record.release, record.status = release.name, status
        if not is_past_day:
            keep_violations(settings.history_dir, release, record.as_of)
        _remove_old_releases(refresh)


def write_reports(refresh: Refresh) -> None:
    """Write what people read about the release.

    The pages are of the current release; one that shows a day in the past beside it has its record
    in Data Docs alone. Raises ReportsError that says which of them could not be written; the others
    are, and the release stays published.
    """
    refresh.record.reason = None
    names = REPORTS_OF_EACH_REFRESH if refresh.record.status == "built" else REPORTS
    with refresh.step("report"):
        errors = failed_reports(refresh, names)
        if errors:
            problems = "\n".join(
                f"  - {name}: {reason_without_values(error)}" for name, error in errors.items()
            )
            refresh.record.reason = (
                f"Release {refresh.record.release} can be used, but not all of its reports were "
                f"written, so that people would read those of an earlier one:\n{problems}\n"
                f"{_room(refresh, errors)}Mend the cause and refresh again."
            )
            raise ReportsError(refresh.record.reason) from next(iter(errors.values()))


def failed_reports(reported: Reported, names: Iterable[str]) -> dict[str, Exception]:
    """Write reports about a release; returns what went wrong, by the name of the report."""
    errors: dict[str, Exception] = {}
    for name in names:
        try:
            REPORTS[name](reported)
        except Exception as error:  # whatever it is, the other reports are still of use
            errors[name] = error
    return errors


def _write_data_docs(refresh: Reported) -> Path:
    settings = refresh.settings
    return write_data_docs(
        settings.history_dir,
        settings.reports_dir,
        refresh.record.refresh_id,
        settings.data_docs_kept,
    )


def _write_quality_report(refresh: Reported) -> None:
    write_quality_report(_release_path(refresh), refresh.settings.reports_dir)


def _room(refresh: Refresh, errors: dict[str, Exception]) -> str:
    """How much room is needed, where a report found the disk full."""
    full = any(trouble(error, NO_ROOM) for error in errors.values())
    return f"{room_needed(refresh.settings)} " if full else ""


def _write_report_site(refresh: Reported) -> None:
    write_report_site(_release_path(refresh), refresh.settings.reports_dir)


def _write_dbt_docs(refresh: Reported) -> None:
    settings = refresh.settings
    write_dbt_docs(_release_path(refresh), settings.reports_dir, DbtFolders.of(settings).target_dir)


def _write_query_workbooks(refresh: Reported) -> None:
    write_query_workbooks(_release_path(refresh), refresh.settings.reports_dir)


def _release_path(refresh: Reported) -> Path:
    return refresh.settings.releases_dir / str(refresh.record.release)


# Written one by one after publication: a name for people, and what writes it.
REPORTS: dict[str, Callable[[Reported], object]] = {
    "quality page": _write_quality_report,
    "report pages": _write_report_site,
    "dbt docs": _write_dbt_docs,
    "query workbooks": _write_query_workbooks,
    "Data Docs": _write_data_docs,
}
REPORTS_OF_EACH_REFRESH = ("Data Docs",)


def _keep_check_results(refresh: Refresh) -> int:
    """Keep what the checks found; returns how many rows they judged."""
    path = check_results_path(refresh.settings.history_dir, refresh.record.refresh_id)
    with duckdb.connect(refresh.settings.work_path) as connection, replacing(path) as partial:
        store_landing_results(connection, refresh.record.refresh_id, utc_now())
        connection.table("raw.check_results").write_parquet(str(partial))
        judged = " + ".join(f"(select count(*) from raw.{extract})" for extract in EXTRACTS)
        ((rows,),) = connection.execute(f"select {judged}").fetchall()
        return int(rows)


def _remove_old_releases(refresh: Refresh) -> None:
    settings = refresh.settings
    records = [*read_records(settings.history_dir), refresh.record]
    past_days = {str(record.release) for record in records if record.status == "built"}
    remove_old_releases(
        settings.releases_dir, settings.releases_kept, settings.published_path, past_days
    )


def _note_counts(refresh: Refresh) -> None:
    with duckdb.connect(refresh.candidate, read_only=True) as connection:
        groups = dict(
            connection.execute(
                "select study_group, count(*) from study.cohort group by all"
            ).fetchall()
        )
        rows = connection.execute(
            "select sum(rows_rejected), sum(rows_warned) from quality.deliveries"
        ).fetchone()
    refresh.record.rescue_stenting = groups.get("rescue_stenting", 0)
    refresh.record.no_rescue_stenting = groups.get("no_rescue_stenting", 0)
    refresh.record.rows_rejected, refresh.record.rows_warned = (int(n or 0) for n in rows or (0, 0))


def _note_end(refresh: Refresh) -> None:
    refresh.record.finished_at = utc_now()
    remove_leftovers(refresh.settings.releases_dir)
    write_record(refresh.settings.history_dir, refresh.record)


def _what_stays(record: RefreshRecord) -> str:
    return f"Release {record.release} is published. " if record.release else LAST_STAYS


def _git_commit() -> str | None:
    """The commit that the code is at, where the project is a git checkout and git is there."""
    if shutil.which("git") is None:
        return None
    outcome = subprocess.run(
        ["git", "-C", str(PROJECT_DIR), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.stdout.strip() or None

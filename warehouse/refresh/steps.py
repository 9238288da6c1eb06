"""The steps of a refresh, as plain functions that a flow (or a test) calls in order.

land -> check -> build -> release gate -> publish -> report. Each step reads what the one before
left in the data folder; a step that fails before publish leaves the last release as it is.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

import duckdb

from warehouse.check_history import store_check_results, upgrade_check_results
from warehouse.checks.landing_results import store_landing_results
from warehouse.checks.release_gate import check_release
from warehouse.checks.run import run_checks
from warehouse.cohorts.expected_patients import check_study
from warehouse.cohorts.strokes import publish_strokes
from warehouse.cohorts.views import create_study_views
from warehouse.copies import own_releases
from warehouse.dbt.build import DbtFolders, build_night, build_release
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.study_files import load_studies as read_studies
from warehouse.digests import RELEASE
from warehouse.disk import DISK_FULL_ERRNOS, space_needed, system_reason
from warehouse.errors import reason_without_values
from warehouse.expected import overdue_deliveries
from warehouse.history import (
    in_order,
    keep_violations,
    read_records,
    utc_now,
    write_record,
)
from warehouse.landing import land
from warehouse.landing.raw_names import raw_names
from warehouse.landing.reland import reland
from warehouse.locks.make import finish as finish_locks
from warehouse.publish import mart_digests, publish, remove_old_releases, store
from warehouse.refresh.context import RefreshContext, require_same_settings
from warehouse.refresh.errors import GateFailedError, ReportsError
from warehouse.refresh.idle import is_idle, load_night, note_built
from warehouse.refresh.locking import compare_with_locks, lock_note, write_new_locks
from warehouse.refresh.missing_files import require_key, require_rows
from warehouse.refresh.preconditions import require_deliveries
from warehouse.refresh.reports import (
    REPORTS,
    REPORTS_OF_EACH_REFRESH,
    failed_reports,
    update_data_docs,
)
from warehouse.refresh.retry import require_reached
from warehouse.refresh.warmup import parsing
from warehouse.releases.note_of_refresh import note_of_candidate
from warehouse.releases.release_metadata import complete_own_record
from warehouse.releases.studies import study_sizes
from warehouse.work_database import (
    OF_EACH_NIGHT,
    load_accepted_corrections,
    load_history,
    load_landed,
    load_skipped_files,
    load_studies,
    new_work_database,
)

log = logging.getLogger(__name__)

# The schemas whose content depends on deliveries, study and day alone, and not on the refresh.
COMPARED_SCHEMAS = ("codes", "registry", "studies", "study")


def land_deliveries(refresh: RefreshContext, *, is_last_try: bool = True) -> None:
    """Land new files; note what came in.

    Raises UnreachableError for files that the file system could not give just now, which another
    try may land; the last try goes on with what there is.
    """
    with refresh.step("land") as taken:
        for study in read_studies():
            check_study(study)
        require_key(refresh.settings, refresh.without)
        if refresh.full:
            refresh.landing = landed = reland(refresh.settings, progress=log.info)
        else:
            landed = land(refresh.settings, progress=log.info, as_of=refresh.record.as_of)
            refresh.landing = refresh.landing.and_then(landed) if refresh.landing else landed
        if not is_last_try:
            require_reached(landed)
        require_rows(refresh.settings, refresh.record.as_of, refresh.without)
        require_deliveries(refresh.settings, refresh.record.as_of, refresh.landing.skipped_lines)
        refresh.record.files_landed = refresh.landing.files_new
        refresh.record.rows_landed = refresh.landing.rows_new
        refresh.record.rows_unreadable = refresh.landing.rows_unreadable
        taken.rows = refresh.landing.rows_landed


def check_rows(refresh: RefreshContext, sites_dir: Path | None = None) -> None:
    """Load the log into a fresh work database and check every row in it.

    ``sites_dir`` holds the mappings that the files were landed with.
    """
    settings, record = refresh.settings, refresh.record
    with refresh.step("check") as taken:
        if upgraded := upgrade_check_results(settings.history_dir):
            log.info(
                "  history: the check results of %s refreshes take less disk space now", upgraded
            )
        refresh.is_idle = sites_dir is None and is_idle(refresh)
        if refresh.is_idle:
            log.info("  nothing has changed since the last release, so its tables stay")
            load_night(refresh)
            taken.rows = 0
        else:
            taken.rows = _check_all_rows(refresh, sites_dir)
        with duckdb.connect(settings.work_path) as connection:
            store_check_results(connection, settings.history_dir, record)


def _check_all_rows(refresh: RefreshContext, sites_dir: Path | None) -> int:
    """Load the log, check every row in it, and return their number."""
    settings, record = refresh.settings, refresh.record
    unread = refresh.landing.skipped_rows if refresh.landing else []
    with new_work_database(settings.work_path) as connection:
        load_landed(connection, settings.landed_dir, dictionary(), record.as_of, sites_dir)
        load_accepted_corrections(connection, raw_names(settings, sites_dir), sites_dir)
        load_skipped_files(connection, unread)
        load_studies(connection)
        load_history(connection, settings.history_dir, record, sites_dir)
    checks = run_checks(
        settings.work_path,
        record.refresh_id,
        settings.history_dir / "checks" / record.refresh_id,
        progress=log.info,
    )
    with duckdb.connect(settings.work_path) as connection:
        store_landing_results(connection, record.refresh_id, utc_now())
    return checks.rows_checked


def build_marts(refresh: RefreshContext) -> None:
    """Build and test all models into the candidate. Raises BuildError naming what failed."""
    with refresh.step("build"):
        parsing.wait()
        folders = DbtFolders.of(refresh.settings)
        if refresh.is_idle and refresh.current:
            build_night(folders, refresh.current.path, OF_EACH_NIGHT)
        else:
            build_release(folders)
            publish_strokes(folders.work_path, folders.release_path)
            create_study_views(folders.release_path)
        compare_with_locks(refresh)


def pass_release_gate(refresh: RefreshContext) -> None:
    """Check the candidate's invariants. Raises GateFailedError that lists what does not hold."""
    with refresh.step("release gate"):
        results_dir = refresh.settings.history_dir / "checks" / refresh.record.refresh_id
        gate = check_release(refresh.candidate, results_dir, refresh.record.refresh_id)
        refresh.warnings += [str(warning) for warning in gate.warnings]
        if not gate.passed:
            problems = "\n".join(f"  - {failure}" for failure in gate.failures)
            pages = update_data_docs(refresh)
            raise GateFailedError(
                f"The new release was not published, because these invariants do not hold:\n"
                f"{problems}\nThe last release stays as it is. Look for a delivery or a rule that "
                f"changed; what Great Expectations found is in {pages}."
            )


def publish_release(refresh: RefreshContext) -> None:
    """Note what the candidate holds, then make it the release that everybody reads.

    One that shows a day in the past is kept beside the current release instead.
    """
    settings, record = refresh.settings, refresh.record

    def note(digest: str) -> None:
        """Write the record so far, in case the process ends before the refresh does."""
        record.digests[RELEASE] = digest
        write_record(settings.history_dir, record)

    with refresh.step("publish") as taken:
        require_same_settings(refresh)
        record.mart_digests = mart_digests(refresh.candidate, COMPARED_SCHEMAS)
        taken.rows = sum(int(digest.split(":")[0]) for digest in record.mart_digests.values())
        _note_counts(refresh)
        refresh.overdue = overdue_deliveries(refresh.candidate)
        is_past_day = refresh.is_past_day
        if refresh.current and (why := refresh.current.damage):
            refresh.damage = why
            refresh.warnings.append(
                f"release {refresh.current.refresh_id}, which people read: {why}"
            )
        record.change_note = note_of_candidate(
            refresh.candidate, record, refresh.current, is_past_day
        )
        record.change_note += lock_note(refresh)
        status = "built" if is_past_day else "published"
        complete_own_record(refresh.candidate, record, status)
        if is_past_day:
            release = store(refresh.candidate, record.refresh_id, note)
        else:
            write_new_locks(refresh)
            require_same_settings(refresh)
            release = publish(refresh.candidate, record.refresh_id, settings.published_path, note)
            finish_locks(settings, record.refresh_id, record.as_of)
        record.release, record.status = release.name, status
        if not is_past_day:
            keep_violations(settings.history_dir, release, record.as_of)
            with suppress(OSError):  # without the note, the next night does all again
                note_built(refresh)
        _remove_old_releases(refresh)


def write_reports(refresh: RefreshContext) -> None:
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
                f"{_room(refresh, errors)}Fix the cause and refresh again."
            )
            raise ReportsError(refresh.record.reason) from next(iter(errors.values()))


def _room(refresh: RefreshContext, errors: dict[str, Exception]) -> str:
    """Return the needed disk space, where a report found the disk full."""
    full = any(system_reason(error, DISK_FULL_ERRNOS) for error in errors.values())
    return f"{space_needed(refresh.settings)} " if full else ""


def _remove_old_releases(refresh: RefreshContext) -> None:
    settings = refresh.settings
    records = [*read_records(settings.history_dir), refresh.record]
    past_days = {str(record.release) for record in records if record.status == "built"}
    releases = in_order(own_releases(settings), records)
    remove_old_releases(releases, settings.releases_kept, settings.published_path, past_days)


def _note_counts(refresh: RefreshContext) -> None:
    with duckdb.connect(refresh.candidate, read_only=True) as connection:
        rows = connection.execute(
            "select sum(rows_rejected), sum(rows_warned) from quality.deliveries"
        ).fetchone()
        pending = connection.execute(
            "select followup_pending from ops.refreshes order by refresh_number desc limit 1"
        ).fetchone()
    refresh.record.studies = study_sizes(refresh.candidate)
    refresh.record.followup_pending = pending[0] if pending else None
    refresh.record.rows_rejected, refresh.record.rows_warned = (int(n or 0) for n in rows or (0, 0))

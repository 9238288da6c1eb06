"""Cleaning up after a refresh that was killed, so that the next one finds nothing half-done."""

from __future__ import annotations

import logging

from warehouse.files import remove_orphaned_partials, remove_partials, remove_whatever
from warehouse.history import RefreshRecord, keep_violations, read_records, write_record
from warehouse.interrupted import as_killed
from warehouse.landing.reland import recover_landing
from warehouse.locks.make import recover as recover_locks
from warehouse.publish import remove_leftovers
from warehouse.refresh.first_digests import make_first_digests
from warehouse.releases.on_disk import Release
from warehouse.settings import Settings

log = logging.getLogger(__name__)

# What openpyxl writes a sheet to before it is packed; only reports of a refresh do that here.
WORKBOOK_SCRATCH = "openpyxl.*"


def clean_up_after_crash(settings: Settings) -> None:
    """Finish or undo what refreshes began that never ended; call only while holding the lock.

    The landed log cleans up after itself (``warehouse.landing.log.sweep``).
    """
    recover_landing(settings)
    remove_leftovers(settings.releases_dir)
    for folder in (settings.warehouse_dir, settings.history_dir, settings.reports_dir):
        remove_partials(folder)
    remove_orphaned_partials(settings.state_dir)  # alerts and servers write there without the lock
    for scratch in (settings.state_dir / "tmp").glob(WORKBOOK_SCRATCH):
        remove_whatever(scratch)
    for record in read_records(settings.history_dir):
        if record.status == "running":
            write_record(settings.history_dir, _ended(settings, record))
    recover_locks(settings, {each.refresh_id: each for each in read_records(settings.history_dir)})
    make_first_digests(settings)


def _ended(settings: Settings, record: RefreshRecord) -> RefreshRecord:
    """The record of a refresh that was killed. A release that nobody was given is deleted."""
    ended = as_killed(settings, record)
    if ended.release is None:
        (settings.releases_dir / f"{record.refresh_id}.duckdb").unlink(missing_ok=True)
        return ended
    release = Release(settings.releases_dir / ended.release, ended, is_current=True)
    if damage := release.damage:
        log.warning("the violations of release %s are not kept: %s", release.refresh_id, damage)
    else:
        keep_violations(settings.history_dir, release.path, record.as_of)
    return ended

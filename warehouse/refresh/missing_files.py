"""Missing files that stop a refresh: those of the history, and landed rows in use."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.digests import DIFFERS, forget_kept
from warehouse.errors import WarehouseError
from warehouse.history import read_records
from warehouse.landing.deliveries import shown
from warehouse.landing.manifest import (
    all_parquet_paths,
    damaged_manifests,
    manifest_paths,
    read_log,
)
from warehouse.landing.raw_names import RawNames, raw_names
from warehouse.lost_state import lost_history, uses_of_key
from warehouse.refresh.errors import Loss
from warehouse.releases.on_disk import Release, current_release, releases_on_disk
from warehouse.settings import Settings
from warehouse.text import counted

log = logging.getLogger(__name__)

GO_ON = "warehouse refresh --go-on-without"
# Of lost files, in a message that goes into the status, the history and alerts.
LINES_SHOWN = 5
# The ending of a damaged manifest that somebody decided to go on without.
ASIDE = ".damaged"
LANDED_IN_RELEASE = """
select source_file, site, extract, file_sha256, file_id, rows_accepted + rows_rejected as n_rows
from quality.deliveries
where status = 'landed' and delivered_on <= $as_of
order by source_file
"""


@dataclass(frozen=True)
class LostRows:
    """A file of the last release that has no manifest in the landed log any more, and no raw file.

    ``kept``: its Parquet files that are still there.
    """

    source_file: str
    rows: int
    release: str
    kept: list[Path]


class LostError(WarehouseError):
    """Something that the warehouse relies on is gone; the message asks for it, or for an answer."""

    opening = "error:"


def require_history(settings: Settings, without: Collection[Loss]) -> None:
    """Raises LostError for a release or landed files without a record, and for lost results."""
    current, records = current_release(settings), read_records(settings.history_dir)
    lost = lost_history(settings.history_dir, records)
    if current is not None and current.record is None:
        what = f"no record of release {current.refresh_id}, which people read"
    elif lost:
        what = f"no {' and no '.join(path.name for path in lost)}, which earlier refreshes wrote"
    elif manifest_paths(settings.landed_dir) and not records:
        what = "no record of any refresh, though files have landed"
    else:
        return
    if Loss.HISTORY in without:
        log.warning("going on without the lost history: %s has %s", settings.history_dir, what)
        for path in lost:
            forget_kept(path)
        return
    raise LostError(
        f"{settings.history_dir} has {what}: the history is lost. What was found on earlier "
        f"nights, and since when a violation is open, is stored nowhere else, so nothing was done. "
        f"The last release stays as it is. Restore the folder from a backup. If there is none, go "
        f"on without it, once: {GO_ON} {Loss.HISTORY} (all violations count as new then)."
    )


def require_key(settings: Settings, without: Collection[Loss]) -> None:
    """Raises LostError where the pseudonym key is gone and there are landed files or releases."""
    used_in = list(map(str, uses_of_key(settings)))
    if settings.secret_path.exists() or not used_in:
        return
    if Loss.KEY in without:
        log.warning("going on without the lost pseudonym key: another one is made")
        return
    raise LostError(
        f"The pseudonym key {settings.secret_path} is gone, and {' and '.join(used_in)} hold "
        f"pseudonyms that it made. Under another key every patient is a new one, and no row fits "
        f"an earlier one, so nothing was landed. The last release stays as it is. Restore the "
        f"file from a backup. If there is none, move {settings.landed_dir} away, see that all "
        f"deliveries are in {settings.raw_dir}, and land them under a new key, once: {GO_ON} "
        f"{Loss.KEY}"
    )


def require_rows(settings: Settings, as_of: date, without: Collection[Loss]) -> None:
    """Raises LostError for rows that would drop out of the release.

    Those are rows of damaged manifests that could not be landed again, and of files that the last
    release has and neither log nor raw files have.
    """
    damaged = [path for path in damaged_manifests(settings.landed_dir) if _day(path) <= as_of]
    lost = [
        *(f"\n  - {path}: {DIFFERS}, and its raw file is gone" for path in damaged),
        *(_line(rows) for rows in lost_rows(settings, as_of)),
    ]
    if not lost:
        return
    more = len(lost) - LINES_SHOWN
    files = "".join(lost[:LINES_SHOWN])
    if more > 0:
        files += f"\n  - and {more:,} more (warehouse verify names all)"
    if Loss.ROWS in without:
        log.warning("going on without rows that are lost:%s", files)
        for path in damaged:  # so that it is not asked again; the rows are kept and named
            path.replace(path.with_suffix(ASIDE))
        return
    raise LostError(
        f"The landed log has no sound manifest of {counted(len(lost), 'file')}, and no raw file is "
        f"there to land from again:{files}\nTheir rows would drop out of the release, so nothing "
        f"was built. Nothing was deleted, and the last release stays as it is. Restore the "
        f"manifests from a backup, or put the raw files back. If there are none, go on without "
        f"these rows, once: {GO_ON} {Loss.ROWS}"
    )


def _day(manifest: Path) -> date:
    """The day of delivery, which the folder of a manifest says."""
    return date.fromisoformat(manifest.parent.name.partition("=")[2])


def _last_release(settings: Settings) -> Release | None:
    """The newest nightly release that is whole."""
    nightly = (release for release in releases_on_disk(settings) if not release.is_past_day)
    return next((release for release in nightly if not release.damage), None)


def lost_rows(settings: Settings, as_of: date) -> Iterator[LostRows]:
    """Rows of the last release, delivered up to a day, that nothing is left to make again from."""
    last = _last_release(settings)
    if last is None:
        return
    names = raw_names(settings)
    entries = read_log(settings.landed_dir).values()
    places = {entry.source_file for entry in entries}
    contents = {(entry.site, entry.extract, entry.file_sha256) for entry in entries}
    for source_file, *content, file_id, rows in _landed_in(last.path, as_of):
        if source_file in places or tuple(content) in contents or _is_raw(names, source_file):
            continue
        kept = all_parquet_paths(settings.landed_dir, file_id)
        yield LostRows(shown(source_file), rows, last.refresh_id, kept)


def _line(lost: LostRows) -> str:
    kept = ", ".join(map(str, lost.kept))
    where = f"kept as {kept}" if kept else "nothing of it is left"
    return f"\n  - {lost.source_file}: {lost.rows:,} rows of release {lost.release}, {where}"


def _is_raw(names: RawNames, source_file: str) -> bool:
    """Whether a file is still among the raw ones; of a part of a wide file, the wide file."""
    whole, _, _ = source_file.rpartition("#")
    return any(names.located(name) is not None for name in (source_file, whole) if name)


def _landed_in(release: Path, as_of: date) -> list[tuple[Any, ...]]:
    """The landed files of a release; none of one that is too old to say so."""
    try:
        with duckdb.connect(release, read_only=True) as connection:
            return connection.execute(LANDED_IN_RELEASE, {"as_of": as_of}).fetchall()
    except duckdb.Error:
        return []

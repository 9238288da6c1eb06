"""Rollback to an earlier release: one rename, recorded in the history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from warehouse.files import make_way
from warehouse.history import RefreshRecord, utc_now, write_record
from warehouse.lock import lock_path, refresh_lock
from warehouse.publish import point_published_at
from warehouse.releases.on_disk import (
    Release,
    find_release,
    previous_release,
    releases_on_disk,
    require_published,
)
from warehouse.releases.pair import ReleasesError
from warehouse.settings import Settings
from warehouse.sql_shell.session import misplaced


@dataclass(frozen=True)
class Rollback:
    """Result of a rollback: the release that was current, and the one that is now."""

    settings: Settings
    before: Release | None
    now: Release

    @property
    def record(self) -> RefreshRecord:
        """Record of the refresh whose release is current now."""
        if self.now.record is None:
            raise ReleasesError(
                f"The history has no record of release {self.now.refresh_id}, so its pages cannot "
                f"be written. Restore the record from a backup, or refresh again."
            )
        return self.now.record


def roll_back(settings: Settings, name: str | None = None) -> Rollback:
    """Make an earlier release the current one (default: the nightly one before it).

    The history records the rollback before the name changes, so a current release is never shown
    as rolled back. Raises AlreadyRunningError while a refresh is running, and ReleasesError if the
    release does not exist, is the current one, or is damaged, or if a folder is in its place.
    """
    with refresh_lock(lock_path(settings)):
        releases = releases_on_disk(settings)
        before = next((one for one in releases if one.is_current), None)
        target = _target(settings, releases, name)
        if target.is_current:
            raise ReleasesError(
                f"Release {target.refresh_id} is the current one already, so nothing was changed. "
                f"Choose another: warehouse releases"
            )
        _require_whole(target)
        _require_way(settings)
        if before and before.record:
            rolled_back = replace(before.record, rolled_back_at=utc_now())
            write_record(settings.history_dir, rolled_back)
        point_published_at(target.path, settings.published_path)
        if target.record and target.record.rolled_back_at:
            write_record(settings.history_dir, replace(target.record, rolled_back_at=None))
        return Rollback(settings, before, replace(target, is_current=True))


def _require_whole(target: Release) -> None:
    if target.record is None:
        why = "the history has no record of it, so its file cannot be verified"
    elif (damage := target.damage) is not None:
        why = f"{target.path}: {damage}"
    else:
        return
    raise ReleasesError(
        f"Release {target.refresh_id} was not made current: {why}. The current release is "
        f"unchanged. Restore the file from a backup, or choose another release: warehouse releases"
    )


def _require_way(settings: Settings) -> None:
    """Remove what stands in the place of the current release and holds nothing."""
    try:
        make_way(settings.published_path)
    except IsADirectoryError as error:
        raise ReleasesError(misplaced(settings) or "") from error


def _target(settings: Settings, releases: list[Release], name: str | None) -> Release:
    if name is None:
        require_published(settings)
        return previous_release(releases)
    path: Path = find_release(settings, name)
    for release in releases:
        if release.path == path:
            return release
    raise ReleasesError(
        f"{path} is not a release of this installation, and no other file can be made current. "
        f"List the releases with: warehouse releases"
    )

"""Going back to an earlier release: one rename, noted in the history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from warehouse.history import RefreshRecord, utc_now, write_record
from warehouse.lock import lock_path, refresh_lock
from warehouse.publish import point_published_at
from warehouse.releases.catalogue import (
    Release,
    find_release,
    previous_release,
    releases_on_disk,
)
from warehouse.releases.pair import ReleasesError
from warehouse.settings import Settings


@dataclass(frozen=True)
class Rollback:
    """What was current, and what is now."""

    settings: Settings
    before: Release | None
    now: Release

    @property
    def record(self) -> RefreshRecord:
        """The record of the refresh whose release is current now."""
        if self.now.record is None:
            raise ReleasesError(f"The history has no record of release {self.now.refresh_id}.")
        return self.now.record


def roll_back(settings: Settings, name: str | None = None) -> Rollback:
    """Make an earlier release the current one (default: the nightly one before it).

    The history notes when which release was taken back, before the name changes: a release that
    is current is never told as rolled back. Raises AlreadyRunningError while a refresh is at work,
    ReleasesError when there is no such release, it is the current one, or it is damaged.
    """
    with refresh_lock(lock_path(settings)):
        releases = releases_on_disk(settings)
        before = next((one for one in releases if one.is_current), None)
        target = _target(settings, releases, name)
        if target.is_current:
            raise ReleasesError(f"Release {target.refresh_id} is the current one already.")
        _require_whole(target)
        if before and before.record:
            taken_back = replace(before.record, rolled_back_at=utc_now())
            write_record(settings.history_dir, taken_back)
        point_published_at(target.path, settings.published_path)
        if target.record and target.record.rolled_back_at:
            write_record(settings.history_dir, replace(target.record, rolled_back_at=None))
        return Rollback(settings, before, replace(target, is_current=True))


def _require_whole(target: Release) -> None:
    if target.record is None:
        why = "the history has no record of it, so nobody can tell whether it is whole"
    elif (damage := target.damage) is not None:
        why = f"{target.path}: {damage}"
    else:
        return
    raise ReleasesError(
        f"Release {target.refresh_id} was not made current: {why}. The current release stays as it "
        f"is. Restore the file from a backup, or choose another release: warehouse releases"
    )


def _target(settings: Settings, releases: list[Release], name: str | None) -> Release:
    if name is None:
        return previous_release(releases)
    path: Path = find_release(settings, name)
    for release in releases:
        if release.path == path:
            return release
    raise ReleasesError(
        f"{path} is no release of this installation, and another file cannot be made current. "
        f"The releases are listed by: warehouse releases"
    )

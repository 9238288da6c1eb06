"""Releases on disk, the current one, and lookup by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warehouse.copies import current_path, own_releases
from warehouse.digests import RELEASE, why_not_whole
from warehouse.history import RefreshRecord, in_order, read_records
from warehouse.releases.pair import ReleasesError
from warehouse.settings import Settings
from warehouse.sql_shell.session import misplaced

CURRENT, PREVIOUS = "current", "previous"


@dataclass(frozen=True)
class Release:
    """Release on disk; ``record`` is None if its refresh is missing from the history."""

    path: Path
    record: RefreshRecord | None
    is_current: bool

    @property
    def refresh_id(self) -> str:
        """Id of the refresh that built it."""
        return self.path.stem

    @property
    def damage(self) -> str | None:
        """Difference of its file from the published one; None if equal or without a digest."""
        digest = self.record.digests.get(RELEASE) if self.record else None
        return why_not_whole(self.path, digest) if digest else None

    @property
    def is_past_day(self) -> bool:
        """Whether it shows a day in the past beside the nightly releases."""
        return self.record is not None and self.record.status == "built"


def releases_on_disk(settings: Settings) -> list[Release]:
    """Return the kept releases, newest first."""
    history = read_records(settings.history_dir)
    records = {record.refresh_id: record for record in history}
    paths, current = in_order(own_releases(settings), history)[::-1], current_path(settings)
    return [Release(path, records.get(path.stem), path == current) for path in paths]


def require_published(settings: Settings) -> None:
    """Raise ReleasesError if kept releases are there, or something else, and no current one."""
    if what := misplaced(settings):
        raise ReleasesError(what)


def current_release(settings: Settings) -> Release | None:
    """Return the published release; None before the first, or if its file is missing."""
    return next((one for one in releases_on_disk(settings) if one.is_current), None)


def previous_release(releases: list[Release]) -> Release:
    """Return the nightly release before the current one. Raises ReleasesError if there is none."""
    older = False
    for release in releases:
        if older and not release.is_past_day:
            return release
        older = older or release.is_current
    raise ReleasesError(
        "There is no release before the current one. List the releases on disk with: "
        "warehouse releases"
    )


def newest_two(releases: list[Release]) -> tuple[Path, Path]:
    """Return the two newest nightly releases, older first. Raises ReleasesError if fewer exist."""
    match [release.path for release in releases if not release.is_past_day]:
        case [newest, before, *_]:
            return before, newest
    raise ReleasesError("There are not yet two releases to compare. Refresh once more.")


def find_release(settings: Settings, name: str) -> Path:
    """Return the file of a release: by id, ``current``, ``previous`` or a path.

    Raises ReleasesError with the list of releases, or with what lies in the current one's place.
    """
    releases = releases_on_disk(settings)
    if name in (CURRENT, PREVIOUS):
        require_published(settings)
        if not releases:
            raise ReleasesError("Nothing is published yet. Make a release first: warehouse refresh")
    if name == PREVIOUS:
        return previous_release(releases).path
    for release in releases:
        if name in (release.refresh_id, release.path.name) or (
            name == CURRENT and release.is_current
        ):
            return release.path
    path = Path(name).expanduser()
    if path.is_file():
        same = (
            one.path
            for one in releases
            if one.is_current and path.samefile(settings.published_path)
        )
        return next(same, path.resolve())
    known = ", ".join(release.refresh_id for release in releases) or "none"
    raise ReleasesError(
        f"There is no release {name}. Give {CURRENT}, {PREVIOUS}, the path of a release or one of: "
        f"{known}"
    )

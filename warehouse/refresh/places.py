"""Check of the places of a refresh's files, before any work is done."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from warehouse.copies import copied_releases, history_strays, others, strays
from warehouse.files import PARTIAL_SUFFIX, close_folder, is_open, make_way
from warehouse.history import SETTINGS, kept_paths
from warehouse.landing.manifest import landed_strays
from warehouse.landing.pseudonyms import known_pseudonymizer
from warehouse.landing.reland import former_dir, fresh_dir
from warehouse.settings import Settings

NOT_OURS = "the warehouse wrote no such file under this name: it is a copy, say, and ignored"
DELETE_COPY = "you can delete it, unless what it was copied from is lost"
LINES_SHOWN = 10


def require_places(settings: Settings) -> None:
    """Make way for the files of a refresh: remove empty folders in their places.

    Raises IsADirectoryError for a folder in a file's place that is not empty, and
    NotADirectoryError for a file in a folder's place.
    """
    for folder in _folders(settings):
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    own = (settings.published_path, *kept_paths(settings.history_dir))
    for path in (*own, *_pages(settings.reports_dir)):
        make_way(path)
    close_folders(settings)


def close_folders(settings: Settings) -> None:
    """Make the folders that hold what nobody else may read, and keep other accounts out of them."""
    for folder in _private_folders(settings):
        close_folder(folder)


def open_lines(settings: Settings) -> list[str]:
    """A line for each such folder that other accounts can enter all the same."""
    return [
        f"other accounts can enter {folder}, and its mode could not be changed: chmod 700 {folder}"
        for folder in _private_folders(settings)
        if is_open(folder)
    ]


def stray_files(settings: Settings) -> list[Path]:
    """Files and folders that lie among the warehouse's and are none, such as a copy."""
    published = settings.published_path.name
    return [
        *_copies_of_folders(settings),
        *landed_strays(settings.landed_dir),
        *others(settings.warehouse_dir, rf"{settings.releases_dir.name}|{published}.*"),
        *strays(settings.releases_dir, ".duckdb"),
        *copied_releases(settings),
        *history_strays(settings.history_dir),
        *_copies_of_secrets(settings),
    ]


def stray_lines(settings: Settings) -> list[str]:
    """A line for each of them, or for the first and their number."""
    found = stray_files(settings)
    lines = [f"{path}: {NOT_OURS}; {DELETE_COPY}" for path in found[:LINES_SHOWN]]
    more = len(found) - len(lines)
    return [*lines, f"and {more:,} more (warehouse verify names all)"] if more else lines


def _copies_of_folders(settings: Settings) -> list[Path]:
    """Copies of the folders that hold what nobody can make again, beside them."""
    own = (settings.landed_dir, settings.history_dir, settings.state_dir, settings.warehouse_dir)
    return sorted(
        path
        for folder in own
        for path in settings.data.glob(f"{folder.name}*")
        if path.is_dir() and path not in (*own, fresh_dir(settings), former_dir(settings))
    )


def _copies_of_secrets(settings: Settings) -> list[Path]:
    """Other keys and passwords beside sound ones: of a lost one, a copy may be all that is left."""
    own = (settings.secret_path, settings.api_password_path)
    is_sound = (known_pseudonymizer(own[0]) is not None, own[1].is_file())
    return [
        path
        for kept, sound in zip(own, is_sound, strict=True)
        for path in sorted(settings.state_dir.glob(f"*{kept.stem}*{kept.suffix}*"))
        if sound and path != kept and path.suffix != PARTIAL_SUFFIX
    ]


def _pages(reports_dir: Path) -> Iterator[Path]:
    """Return the paths of pages and workbooks, existing or to come."""
    # Imported late: it takes most of a second.
    from warehouse.report.dbt_docs import PAGE
    from warehouse.report.frame import PAGES
    from warehouse.report.workbooks import FOLDER

    for page in (*PAGES, PAGE, "data_docs/index.html"):
        yield reports_dir / page
    yield from (reports_dir / FOLDER).glob("*.xlsx")


def _private_folders(settings: Settings) -> tuple[Path, ...]:
    return settings.state_dir, settings.landed_dir, settings.history_dir


def _folders(settings: Settings) -> tuple[Path, ...]:
    history = settings.history_dir
    return (
        *(settings.releases_dir, settings.reports_dir, settings.landed_dir, settings.alerts_dir),
        *(history / "refreshes", history / "checks", history / SETTINGS),
    )

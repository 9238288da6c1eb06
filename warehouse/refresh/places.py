"""What stands where a refresh keeps its files: looked at before any work is done."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from warehouse.files import close_folder, is_open, make_way
from warehouse.history import SETTINGS, kept_paths, strays
from warehouse.landing.manifest import landed_strays
from warehouse.settings import Settings

NOT_OURS = "it is not named as the warehouse names its files, and is not used"
MOVE_AWAY = "move it away"


def require_places(settings: Settings) -> None:
    """Make way for the files of a refresh: empty folders in their places go. Others are kept out.

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
    """Files that lie among the warehouse's and are none, such as a copy."""
    return [
        *landed_strays(settings.landed_dir),
        *strays(settings.releases_dir, ".duckdb"),
        *strays(settings.history_dir / "refreshes", ".json"),
        *strays(settings.history_dir / "check_results", ".parquet"),
    ]


def stray_lines(settings: Settings) -> list[str]:
    """A line for each of them."""
    return [f"{path}: {NOT_OURS}; {MOVE_AWAY}" for path in stray_files(settings)]


def _pages(reports_dir: Path) -> Iterator[Path]:
    """Where pages and workbooks stand, or will."""
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

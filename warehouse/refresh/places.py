"""What stands where a refresh keeps its files: looked at before any work is done."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from warehouse.files import make_way
from warehouse.history import kept_paths, strays
from warehouse.settings import Settings


def require_places(settings: Settings) -> None:
    """Make way for the files of a refresh: empty folders in their places go.

    Raises IsADirectoryError for a folder in a file's place that is not empty, and
    NotADirectoryError for a file in a folder's place.
    """
    for folder in _folders(settings):
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    for path in (settings.published_path, *kept_paths(settings.history_dir)):
        make_way(path)


def stray_lines(settings: Settings) -> list[str]:
    """A line for each file that lies among those of refreshes and is none, such as a copy."""
    found = [
        *strays(settings.releases_dir, ".duckdb"),
        *strays(settings.history_dir / "refreshes", ".json"),
        *strays(settings.history_dir / "check_results", ".parquet"),
    ]
    return [f"{path} is not named after a refresh, and is not used: move it away" for path in found]


def _folders(settings: Settings) -> tuple[Path, ...]:
    history = settings.history_dir
    return (
        *(settings.releases_dir, settings.reports_dir, settings.landed_dir, settings.alerts_dir),
        *(history / "refreshes", history / "checks"),
    )

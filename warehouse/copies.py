"""Copies that people and programs leave among the history and the releases; nothing reads them."""

from __future__ import annotations

import re
from pathlib import Path

from warehouse.digests import BESIDE, why_not_whole
from warehouse.files import PARTIAL_SUFFIX
from warehouse.history import (
    CHECKED,
    OWN_SETTING,
    REFRESH_ID,
    SETTINGS,
    HistoryError,
    files_of_refreshes,
    is_of_a_refresh,
    kept_paths,
    read_records,
    record_files,
    time_key,
)
from warehouse.publish import is_published
from warehouse.settings import Settings


def strays(folder: Path, suffix: str) -> list[Path]:
    """Return the files of a folder that look like a refresh's file and are not, such as copies."""
    visible = (path for path in folder.glob(f"*{suffix}") if not path.name.startswith("."))
    return sorted(path for path in visible if not is_of_a_refresh(path, suffix))


def others(folder: Path, own: str) -> list[Path]:
    """Return what lies in a folder and is not named like this pattern, but for hidden files."""
    return sorted(
        path
        for path in folder.glob("[!.]*")
        if not re.fullmatch(own, path.name) and path.suffix != PARTIAL_SUFFIX
    )


def history_strays(history_dir: Path) -> list[Path]:
    """Return what lies in the history under a name that is none of its own, or another one's."""
    kept = "|".join(f"{path.name}({BESIDE})?" for path in kept_paths(history_dir))
    checks, copied = history_dir / "checks", copied_checks(history_dir)
    return [
        *others(history_dir, f"refreshes|checks|check_results|{SETTINGS}|{kept}"),
        *strays(history_dir / "refreshes", ".json"),
        *copied_records(history_dir),
        *strays(history_dir / "check_results", ".parquet"),
        *others(history_dir / SETTINGS, OWN_SETTING),
        *copied_settings(history_dir),
        *others(checks, REFRESH_ID.pattern),
        *copied,
        *(
            path
            for folder in checks.glob("*")
            if folder not in copied
            for path in others(folder, CHECKED.pattern)
        ),
    ]


def copied_records(history_dir: Path) -> list[Path]:
    """Return records that state another refresh than their name does."""
    own = record_files(history_dir)
    found = files_of_refreshes(history_dir / "refreshes", ".json")
    return sorted(path for path in found if path not in own)


def copied_checks(history_dir: Path) -> list[Path]:
    """Return the folders of checks of refreshes that the history does not have."""
    return _without_record(history_dir, files_of_refreshes(history_dir / "checks", ""))


def copied_settings(history_dir: Path) -> list[Path]:
    """Return settings under the name of another content, which no refresh had.

    None where a record is damaged: it may list them.
    """
    try:
        records = read_records(history_dir)
    except HistoryError:
        return []
    listed = {digest for record in records for digest in (record.settings or {}).values()}
    found = (path for path in (history_dir / SETTINGS).glob("*") if path.stem not in listed)
    own = (path for path in found if re.fullmatch(OWN_SETTING, path.name))
    return sorted(path for path in own if why_not_whole(path, path.stem))


def copied_releases(settings: Settings) -> list[Path]:
    """Return files named like releases that the history does not have, with the content of others.

    One with a content of its own may be a release whose record is lost.
    """
    found = files_of_refreshes(settings.releases_dir, ".duckdb")
    without = _without_record(settings.history_dir, found)
    own = [path for path in found if path not in without]
    return [path for path in without if any(is_published(path, other) for other in own)]


def current_path(settings: Settings) -> Path | None:
    """Return the file of the release that people read, one with a record before others."""
    recorded = {path.stem for path in record_files(settings.history_dir)}
    found = files_of_refreshes(settings.releases_dir, ".duckdb")
    newest = sorted(found, key=lambda path: time_key(path.stem), reverse=True)
    by_record = sorted(newest, key=lambda path: path.stem not in recorded)
    return next((path for path in by_record if is_published(path, settings.published_path)), None)


def own_releases(settings: Settings) -> list[Path]:
    """Return the files of releases, without copies."""
    copied = copied_releases(settings)
    found = files_of_refreshes(settings.releases_dir, ".duckdb")
    return [path for path in found if path not in copied]


def _without_record(history_dir: Path, found: list[Path]) -> list[Path]:
    """Return those of refreshes that the history does not have; none where all of it is lost."""
    recorded = {path.stem for path in record_files(history_dir)}
    return sorted(path for path in found if recorded and path.stem not in recorded)

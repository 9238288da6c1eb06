"""Folders, pipes and links in place of the release that people read, and a lost history."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.test_digests_of_releases import NIGHTS, publish_night
from tests.unit.test_status import keep
from warehouse.history import read_records
from warehouse.releases.on_disk import find_release, releases_on_disk
from warehouse.releases.pair import ReleasesError
from warehouse.releases.rollback import roll_back
from warehouse.settings import Settings
from warehouse.sql_shell.session import QueryError, release_ids, release_path
from warehouse.status import HISTORY_LOST, NO_RECORD, ROLL_BACK, Level, read_status
from warehouse.verification import verify
from warehouse.verification.checked import INTACT
from warehouse.verification.kept import release_files

KINDS = {"folder": "a folder", "pipe": "a pipe or a device", "link": "a link to nowhere"}


@pytest.fixture(params=KINDS)
def misplaced(request: pytest.FixtureRequest, data_settings: Settings) -> tuple[Settings, str]:
    """Two nights, and something that is no file in the place of the current release."""
    for refresh_id in NIGHTS:
        publish_night(data_settings, refresh_id)
    place = data_settings.published_path
    place.unlink()
    if request.param == "folder":
        (place / "notes").mkdir(parents=True)
    elif request.param == "pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("nowhere")
    return data_settings, f"{place} is {KINDS[request.param]}"


def test_what_stands_in_the_place_of_the_release_is_named(misplaced: tuple[Settings, str]) -> None:
    settings, named = misplaced
    status = read_status(settings)
    assert (status.level, status.release) == (Level.CRITICAL, None)
    assert str(status.release_misplaced).startswith(named)
    assert str(status.release_misplaced) in status.line
    with pytest.raises(QueryError, match=named):
        release_path(settings)
    with pytest.raises(ReleasesError, match=named):
        roll_back(settings)
    for name in ("current", "previous"):
        with pytest.raises(ReleasesError, match=named):
            find_release(settings, name)
    assert settings.published_path in [file.path for file in verify(settings).damaged]


@pytest.mark.parametrize("name", ["current", "previous"])
def test_before_the_first_release_a_refresh_is_advised(data_settings: Settings, name: str) -> None:
    with pytest.raises(ReleasesError, match="warehouse refresh"):
        find_release(data_settings, name)


def test_a_folder_with_files_is_named_by_a_rollback_to_an_id(data_settings: Settings) -> None:
    for refresh_id in NIGHTS:
        publish_night(data_settings, refresh_id)
    data_settings.published_path.unlink()
    notes = data_settings.published_path / "notes"
    notes.mkdir(parents=True)
    with pytest.raises(ReleasesError) as asked:
        roll_back(data_settings, NIGHTS[0])
    assert str(asked.value) == read_status(data_settings).release_misplaced
    assert (notes.is_dir(), read_records(data_settings.history_dir)[1].rolled_back_at) == (
        True,
        None,
    )


def test_a_kept_release_takes_the_place_of_what_holds_nothing(
    misplaced: tuple[Settings, str],
) -> None:
    settings, _ = misplaced
    if settings.published_path.is_dir():
        shutil.rmtree(settings.published_path / "notes")
    roll_back(settings, NIGHTS[0])
    assert read_status(settings).release_misplaced is None
    assert {file.state for file in release_files(settings)} == {INTACT}


def test_a_release_that_is_a_folder_is_none(data_settings: Settings) -> None:
    publish_night(data_settings, NIGHTS[0])
    (data_settings.releases_dir / f"{NIGHTS[1]}.duckdb").mkdir()
    assert [one.refresh_id for one in releases_on_disk(data_settings)] == [NIGHTS[0]]
    assert release_ids(data_settings) == [NIGHTS[0]]
    with pytest.raises(QueryError, match=NIGHTS[1]):
        release_path(data_settings, NIGHTS[1])


@pytest.mark.parametrize("kept", [1, 2])
def test_no_rollback_is_advised_without_a_history(kept: int, data_settings: Settings) -> None:
    """However many releases there are: none of them can be verified."""
    for hours_ago in range(26, 26 - kept, -1):
        keep(data_settings, hours_ago)
    shutil.rmtree(data_settings.history_dir)
    status = read_status(data_settings)
    assert (status.release_damage, status.release_remedy) == (NO_RECORD, HISTORY_LOST)


def test_a_rollback_is_advised_where_there_is_another_release(data_settings: Settings) -> None:
    publish_night(data_settings, NIGHTS[0])
    edit(data_settings.published_path)
    assert read_status(data_settings).release_remedy == "refresh"
    publish_night(data_settings, NIGHTS[1])
    edit(data_settings.published_path)
    assert read_status(data_settings).release_remedy == f"refresh{ROLL_BACK}"


def test_a_damaged_release_is_not_called_good_as_well(data_settings: Settings) -> None:
    publish_night(data_settings, NIGHTS[0])
    edit(data_settings.published_path)
    damaged = replace(read_status(data_settings), allowed_age_hours=1e9)
    assert [level for level, _ in damaged._remarks()] == [Level.CRITICAL]
    assert damaged.line.count(NIGHTS[0]) == 1


def edit(release: Path) -> None:
    release.chmod(0o644)
    with release.open("ab") as handle:
        handle.write(b"x")


def test_a_lost_history_is_critical_where_there_is_no_release(data_settings: Settings) -> None:
    manifest = (
        data_settings.landed_dir / "files/site=a/delivered_on=2021-03-05" / f"{'0' * 16}.json"
    )
    manifest.parent.mkdir(parents=True)
    manifest.write_text("{}")
    status = read_status(data_settings)
    assert status.level is Level.CRITICAL
    assert [line.endswith(HISTORY_LOST) for line in status.lost] == [True]

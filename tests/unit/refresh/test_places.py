"""What people leave among the warehouse's files: ignored, removed or named before any work."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from unittest.mock import patch

import duckdb
import pytest

from tests.support.golden import golden
from warehouse.disk import MisplacedError, disk_errors_explained
from warehouse.environment import prepare_environment
from warehouse.history import RefreshRecord, read_records, utc_now, write_record
from warehouse.landing.reland import reland
from warehouse.lock import lock_path, refresh_lock
from warehouse.publish import candidate_path, publish
from warehouse.refresh.context import refreshing
from warehouse.refresh.places import DELETE_COPY, NOT_OURS, require_places, stray_lines
from warehouse.releases.on_disk import releases_on_disk
from warehouse.settings import Settings

GOLDEN = golden("refresh")

OWN_FILES = (
    *("warehouse/warehouse.duckdb", "history/violations.parquet", "reports/index.html"),
    *("reports/quality.html", "reports/dbt_docs/index.html", "reports/data_docs/index.html"),
    "reports/queries/site_a.xlsx",
)


def test_copies_among_the_releases_are_named_and_not_used(data_settings: Settings) -> None:
    """Of a release, a record and check results, by the names that people's programs give them."""
    now = utc_now()
    record = RefreshRecord(f"{now:%Y%m%dT%H%M%SZ}", now, now.date(), status="published")
    write_record(data_settings.history_dir, record)
    candidate = candidate_path(data_settings.releases_dir)
    candidate.parent.mkdir(parents=True)
    duckdb.connect(candidate).close()
    release = publish(candidate, record.refresh_id, data_settings.published_path)
    copies = [
        *(release.with_name(f"{release.stem}{end}.duckdb") for end in (" - Copy", " (1)", "-old")),
        release.with_name("2022.duckdb"),
        data_settings.history_dir / "refreshes" / f"{release.stem} - Copy.json",
        data_settings.history_dir / "check_results" / f"{release.stem} (1).parquet",
    ]
    for path in copies:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"copied")
    assert [one.path for one in releases_on_disk(data_settings)] == [release]
    named = [
        line.removesuffix(f": {NOT_OURS}; {DELETE_COPY}") for line in stray_lines(data_settings)
    ]
    assert sorted(named) == sorted(map(str, copies))
    with refreshing(data_settings) as refresh:
        assert refresh.warnings == stray_lines(data_settings)


@pytest.mark.parametrize("place", OWN_FILES)
def test_an_empty_folder_in_the_place_of_a_file_goes(place: str, data_settings: Settings) -> None:
    (data_settings.data / place).mkdir(parents=True)
    require_places(data_settings)
    assert not (data_settings.data / place).exists()


@pytest.mark.parametrize("place", OWN_FILES)
def test_a_folder_with_something_in_it_is_named_before_any_work(
    place: str, data_settings: Settings
) -> None:
    """And the refresh counts as one that failed."""
    kept = data_settings.data / place / "thesis.docx"
    kept.parent.mkdir(parents=True)
    kept.touch()
    with pytest.raises(MisplacedError) as refused, refreshing(data_settings):
        pytest.fail("the work began")
    words = f"{kept.parent} is a folder, and the warehouse keeps a file there. The last release"
    assert str(refused.value).startswith(words)
    assert kept.exists()
    [record] = read_records(data_settings.history_dir)
    assert (record.status, record.reason) == ("failed", str(refused.value))


def test_a_file_in_the_place_of_a_folder_is_named_before_any_work(data_settings: Settings) -> None:
    place = data_settings.releases_dir
    place.parent.mkdir(parents=True)
    place.touch()
    with pytest.raises(MisplacedError) as refused, refreshing(data_settings):
        pytest.fail("the work began")
    assert str(refused.value).startswith(GOLDEN("is_file_and_the_warehouse_keeps", place=place))


def test_a_folder_in_the_place_of_the_lock_goes_or_is_named(data_settings: Settings) -> None:
    path = lock_path(data_settings)
    path.mkdir(parents=True)
    with refresh_lock(path):
        assert path.is_file()
    path.unlink()
    (path / "notes").mkdir(parents=True)
    with (
        pytest.raises(MisplacedError, match=f"{path} is a folder"),
        disk_errors_explained(data_settings),
        refresh_lock(path),
    ):
        pytest.fail("the work began")


def modes(settings: Settings) -> dict[str, str]:
    """Who may do what in the folders of the data."""
    folders = (path for path in settings.data.iterdir() if path.is_dir())
    return {path.name: f"{stat.S_IMODE(path.stat().st_mode):o}" for path in folders}


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
def test_other_accounts_cannot_enter_what_is_not_for_them(data_settings: Settings) -> None:
    """Of new folders, of those of earlier versions, and of the log that is landed afresh."""
    with patch.dict(os.environ):
        prepare_environment(data_settings)
    assert modes(data_settings) == {"state": "700"}
    data_settings.landed_dir.mkdir(mode=0o755)
    data_settings.state_dir.chmod(0o755)
    data_settings.reports_dir.mkdir(mode=0o755)
    with refreshing(data_settings) as refresh:
        assert refresh.warnings == []
    closed = {"state": "700", "landed": "700", "history": "700", "reports": "755"}
    assert modes(data_settings) == closed
    reland(data_settings, progress=lambda _: None)
    assert modes(data_settings) == closed


def test_a_folder_that_cannot_be_closed_is_named(
    data_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a share without modes."""
    data_settings.landed_dir.mkdir(parents=True, mode=0o755)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.chmod", refuse)
    with refreshing(data_settings) as refresh:
        pass
    named = [line.partition(", and its mode")[0] for line in refresh.warnings]
    assert f"other accounts can enter {data_settings.landed_dir}" in named

"""Copies that people and programs leave in the data folder: each is named, and nothing reads it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.landing_tools import FOLLOWUPS, Registry
from tests.unit.test_digests_of_releases import NIGHTS, publish_night
from warehouse.checks.gx_results import write_record
from warehouse.copies import own_releases
from warehouse.data_docs.records import read_records as read_check_records
from warehouse.history import keep_settings, record_path, violations_path
from warehouse.history import read_record as read_refresh
from warehouse.history import read_records as read_refreshes
from warehouse.landing.log import without_manifest
from warehouse.landing.manifest import manifest_paths, read_log
from warehouse.landing.reland import reland
from warehouse.refresh.missing_files import LostError, require_history
from warehouse.refresh.places import LINES_SHOWN, stray_files, stray_lines
from warehouse.releases.on_disk import current_release, releases_on_disk
from warehouse.settings import Settings
from warehouse.status import read_status
from warehouse.verification import verify
from warehouse.verification.checked import STRAY

LATER = "20270101T000000Z"
COPY_NAMES = ("{stem} (1){suffix}", "{stem} - Copy{suffix}", "{stem}.sync-conflict-1{suffix}")


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    """A landed file, a night with records of its checks and of its settings."""
    registry = Registry(data_settings)
    registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n")
    registry.land()
    publish_night(data_settings, NIGHTS[0])
    write_record(checks(data_settings) / "followups.json", {"success": True})
    keep_settings(data_settings.history_dir, {"study": b"x"})
    return registry


def checks(settings: Settings) -> Path:
    return settings.history_dir / "checks" / NIGHTS[0]


def originals(settings: Settings) -> list[Path]:
    """Files and folders that are copied."""
    history, landed = settings.history_dir, settings.landed_dir
    [rows] = (landed / "followups").rglob("*.parquet")
    [manifest] = manifest_paths(landed)
    [setting] = (history / "settings").iterdir()
    files = [rows, manifest, settings.secret_path, settings.published_path, setting]
    files += [violations_path(history), record_path(history, NIGHTS[0])]
    files += [settings.releases_dir / f"{NIGHTS[0]}.duckdb", checks(settings) / "followups.json"]
    folders = [landed, history, landed / "followups", landed / "files", manifest.parent]
    folders += [manifest.parent.parent, history / "refreshes", checks(settings)]
    return files + folders


def copy(path: Path, name: str) -> Path:
    """Copy a file or folder and cut off the file."""
    place = path.with_name(name.format(stem=path.stem, suffix=path.suffix))
    if path.is_dir():
        shutil.copytree(path, place)
    else:
        place.write_bytes(path.read_bytes()[:-9])
    return place


@pytest.mark.parametrize("name", COPY_NAMES)
def test_each_copy_is_named_once_and_not_used(name: str, registry: Registry) -> None:
    settings = registry.settings
    log, whole = read_log(settings.landed_dir), verify(settings).counts
    copies = [copy(path, name) for path in originals(settings)[::-1]]
    copies = [path for path in copies if not any(one in path.parents for one in copies)]
    assert sorted(stray_files(settings)) == sorted(copies)
    assert len(stray_lines(settings)) == LINES_SHOWN + 1
    verdict = verify(settings)
    assert verdict.damaged == []
    assert verdict.counts == [*whole, f"other: {len(copies)} {STRAY}"]
    assert registry.land().skipped == ()
    assert read_log(settings.landed_dir) == log
    assert without_manifest(settings.landed_dir) == {}
    assert all(path.exists() for path in copies)


def test_copied_checks_are_on_no_page(registry: Registry) -> None:
    path = checks(registry.settings) / "release.json"
    write_record(path, {"tables": []})
    path.with_name("release (1).json").write_text("{")
    (checks(registry.settings) / "followups.json").unlink()
    assert read_check_records(checks(registry.settings)) == {}


@pytest.mark.parametrize("folder", ["followups", "files", "violations"])
def test_a_copy_in_a_folder_with_a_name_like_ours_is_named(folder: str, registry: Registry) -> None:
    """And the rows of a lost manifest are lost though a copied folder has one like it."""
    landed = registry.settings.landed_dir
    shutil.copytree(landed / folder / "site=site_a", landed / folder / "site=site_a_old")
    [copied] = (path for path in (landed / folder / "site=site_a_old").rglob("*") if path.is_file())
    assert stray_files(registry.settings) == [copied]
    assert registry.land().skipped == ()
    assert (without_manifest(landed), copied.exists()) == ({}, True)
    [entry] = read_log(landed).values()
    assert entry.site == "site_a"
    (registry.settings.raw_dir / entry.raw_file).unlink()
    [manifest] = (landed / "files" / "site=site_a").rglob("*.json")
    manifest.unlink()
    assert list(without_manifest(landed)) == [entry.file_id]


def test_a_landing_of_everything_leaves_copies_out(registry: Registry) -> None:
    settings = registry.settings
    (settings.raw_dir / "site_a" / "2021-03-05" / "followups.csv").unlink()
    copy(settings.landed_dir / "followups", "{stem} - Copy")
    before = read_log(settings.landed_dir)
    reland(settings, progress=lambda _: None)
    assert read_log(settings.landed_dir) == before
    assert stray_files(settings) == []


def originals_with_names(settings: Settings) -> dict[str, tuple[Path, Path]]:
    """What is copied under a name that the warehouse could have given, and that name."""
    history = settings.history_dir
    [setting] = (history / "settings").iterdir()
    release = settings.releases_dir / f"{NIGHTS[0]}.duckdb"
    return {
        "record": (record_path(history, NIGHTS[0]), record_path(history, LATER)),
        "checks": (checks(settings), checks(settings).with_name(LATER)),
        "setting": (setting, setting.with_stem("0" * 64)),
        "release": (release, release.with_stem(LATER)),
    }


@pytest.mark.parametrize("kind", ["record", "checks", "setting", "release"])
def test_a_copy_under_a_name_like_ours_is_named_and_not_used(kind: str, registry: Registry) -> None:
    settings = registry.settings
    records, whole = read_refreshes(settings.history_dir), verify(settings).counts
    releases, status = releases_on_disk(settings), read_status(settings)
    original, copied = originals_with_names(settings)[kind]
    (shutil.copytree if original.is_dir() else shutil.copy2)(original, copied)
    assert stray_files(settings) == [copied]
    assert read_refreshes(settings.history_dir) == records
    assert read_refresh(settings.history_dir, LATER) is None
    assert releases_on_disk(settings) == releases
    assert [one.is_current for one in releases] == [True]
    later = {"free_gib": status.free_gib, "release_age_hours": status.release_age_hours}
    assert replace(read_status(settings), **later) == status
    assert verify(settings).damaged == []
    assert verify(settings).counts == [*whole, f"other: 1 {STRAY}"]
    require_history(settings, ())


def test_a_copy_of_a_release_does_not_drive_out_another(registry: Registry) -> None:
    settings = registry.settings
    publish_night(settings, NIGHTS[1])
    own = sorted(settings.releases_dir.iterdir())
    shutil.copy2(own[1], own[1].with_stem(LATER))
    assert sorted(own_releases(settings)) == own


def test_a_release_without_a_record_is_the_current_one_where_no_other_is(
    registry: Registry,
) -> None:
    """Its history is lost then, which the refresh asks about."""
    settings = registry.settings
    publish_night(settings, NIGHTS[1])
    record_path(settings.history_dir, NIGHTS[1]).unlink()
    assert stray_files(settings) == []
    current = current_release(settings)
    assert current is not None
    assert (current.refresh_id, current.record) == (NIGHTS[1], None)
    with pytest.raises(LostError):
        require_history(settings, ())


def test_a_key_is_no_copy_where_the_own_one_is_lost(registry: Registry) -> None:
    """It may be all that is left."""
    settings = registry.settings
    copied = copy(settings.secret_path, "pseudonym (1).key")
    assert stray_files(settings) == [copied]
    settings.secret_path.unlink()
    assert stray_files(settings) == []

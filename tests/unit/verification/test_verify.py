"""``warehouse verify``: every file that is not what was written is named (invented rows)."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest

from tests.support.golden import golden
from tests.support.landing_tools import DAY, FOLLOWUPS, Registry
from tests.unit.test_digests_of_releases import NIGHTS, flip, publish_night
from warehouse.checks.gx_results import write_record
from warehouse.digests import BESIDE, DIFFERS, MISSING
from warehouse.history import record_path, violations_path
from warehouse.landing.log import without_manifest
from warehouse.landing.manifest import damaged_manifests
from warehouse.lock import AlreadyRunningError, lock_path, refresh_lock
from warehouse.refresh.places import DELETE_COPY, NOT_OURS
from warehouse.releases.rollback import roll_back
from warehouse.settings import Settings
from warehouse.verification import kept, landed, verify

GOLDEN = golden("verification")

SEED, FLIPS = 12, 1500


@pytest.fixture
def installation(data_settings: Settings) -> Settings:
    """Two landed files, two nights."""
    registry = Registry(data_settings)
    registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n")
    registry.put(f"{FOLLOWUPS}\nP2,2021-02-30,telephone,2,no\n", "followups_2.csv")
    registry.land()
    for refresh_id in NIGHTS:
        publish_night(data_settings, refresh_id)
        path = data_settings.history_dir / "checks" / refresh_id / "followups.json"
        write_record(path, {"success": True})
    return data_settings


def not_whole(settings: Settings) -> list[tuple[str, str, str | None, str | None]]:
    """Files that are not whole: path below the data folder, state, reason, what to do."""
    return [
        (str(file.path.relative_to(settings.data)), file.state, file.why, file.what_to_do)
        for file in verify(settings).files
        if file.state != "intact"
    ]


def test_what_is_whole_is_counted(installation: Settings) -> None:
    verdict = verify(installation)
    assert (verdict.damaged, verdict.counts) == (
        [],
        [
            "raw: 2 intact",
            "key: 1 intact",
            "landed: 6 intact",
            "history: 5 intact",
            "releases: 3 intact",
        ],
    )


def test_each_file_is_named_with_what_to_do(installation: Settings) -> None:
    settings = installation
    raw = settings.raw_dir / DAY
    rows = {}
    for path in sorted((settings.landed_dir / "followups").rglob("*.parquet")):
        rows[path] = path.relative_to(settings.data).as_posix()
        flip(path)
    (raw / "followups_2.csv").unlink()
    (raw / "followups.csv").write_text(f"{FOLLOWUPS}\n")
    flip(record_path(settings.history_dir, NIGHTS[0]))
    flip(violations_path(settings.history_dir))
    flip(settings.published_path)
    assert not_whole(settings) == [
        (
            f"raw/{DAY}/followups.csv",
            "changed",
            GOLDEN("its_content_is_not_what_was"),
            landed.RAW_CHANGED,
        ),
        (f"raw/{DAY}/followups_2.csv", "gone", None, landed.RAW_GONE),
        *((path, "damaged", DIFFERS, landed.PUT_BACK) for path in rows.values()),
        (f"history/refreshes/{NIGHTS[0]}.json", "damaged", DIFFERS, kept.RESTORE_OR_MOVE),
        ("history/violations.parquet", "damaged", DIFFERS, kept.MOVE_BOTH_AWAY),
        (f"warehouse/releases/{NIGHTS[0]}.duckdb", "damaged", kept.NO_RECORD, kept.DELETE),
        (f"warehouse/releases/{NIGHTS[1]}.duckdb", "damaged", DIFFERS, kept.OTHER_RELEASE),
    ]


def test_another_key_and_rows_without_a_manifest_are_named(installation: Settings) -> None:
    installation.secret_path.write_text("0" * 64)
    manifest, _ = sorted((installation.landed_dir / "files").rglob("*.json"))
    manifest.unlink()
    assert [(path, why) for path, _, why, _ in not_whole(installation)] == [
        ("state/pseudonym.key", GOLDEN("it_is_not_the_key_that")),
        *(
            (
                f"landed/{folder}/site=site_a/delivered_on=2021-03-05/{manifest.stem}.parquet",
                landed.NO_MANIFEST,
            )
            for folder in ("followups", "violations")
        ),
    ]


@pytest.mark.parametrize("place", ["nowhere", None])
def test_a_published_file_that_is_gone_is_named(installation: Settings, place: str | None) -> None:
    """It lies where a link to nothing stands, too."""
    published = installation.published_path
    published.unlink()
    if place:
        published.symlink_to(place)
    gone = ("warehouse/warehouse.duckdb", "damaged", MISSING, kept.REFRESH)
    assert not_whole(installation) == [gone]
    roll_back(installation, NIGHTS[0])
    assert not_whole(installation) == []


def test_copies_that_people_leave_are_no_damage_and_not_used(installation: Settings) -> None:
    landed_dir = installation.landed_dir
    originals = [
        *sorted((landed_dir / "followups").rglob("*.parquet")),
        *sorted((landed_dir / "files").rglob("*.json")),
        record_path(installation.history_dir, NIGHTS[0]),
        installation.releases_dir / f"{NIGHTS[1]}.duckdb",
    ]
    for path in originals:
        path.with_stem(f"{path.stem} - Copy").write_bytes(path.read_bytes()[:-9])
    assert not_whole(installation) == [
        (
            str(path.relative_to(installation.data).with_stem(f"{path.stem} - Copy")),
            *("not used", NOT_OURS, DELETE_COPY),
        )
        for path in [*sorted(originals[:4]), originals[5], originals[4]]
    ]
    assert damaged_manifests(landed_dir) == []
    assert without_manifest(landed_dir) == {}


def test_a_history_and_a_key_that_are_gone_are_named(installation: Settings) -> None:
    """Whatever is left: landed files without any record, releases without landed files."""
    shutil.rmtree(installation.history_dir)
    shutil.rmtree(installation.warehouse_dir)
    remedy = f"{kept.RESTORE}, or {kept.CONTINUE}"
    assert not_whole(installation) == [("history/refreshes", "damaged", "it has no record", remedy)]
    publish_night(installation, NIGHTS[0])
    shutil.rmtree(installation.landed_dir)
    installation.secret_path.unlink()
    [(path, *_)] = not_whole(installation)
    assert path == "state/pseudonym.key"


def test_it_waits_for_no_refresh(installation: Settings) -> None:
    with refresh_lock(lock_path(installation)), pytest.raises(AlreadyRunningError):
        verify(installation)


def test_random_flips_are_all_seen(installation: Settings) -> None:
    """Single bits in landed files, the history and releases; that file is named, and no other."""
    check = {
        installation.landed_dir: landed.landed_files,
        installation.history_dir: kept.history_files,
        installation.releases_dir: kept.release_files,
    }
    paths = [(path, folder) for folder in check for path in _files(folder)]
    choices = random.Random(SEED)
    unseen = []
    for _ in range(FLIPS):
        path, folder = choices.choice(paths)
        bit = choices.randrange(8 * path.stat().st_size)
        turn(path, bit)
        damaged = [file.path for file in check[folder](installation) if file.state == "damaged"]
        if damaged != [path.with_name(path.name.removesuffix(BESIDE))]:
            unseen.append((path, bit, damaged))
        turn(path, bit)
    assert (unseen, verify(installation).damaged) == ([], [])


def _files(folder: Path) -> list[Path]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in paths:
        path.chmod(0o644)
    return paths


def turn(path: Path, bit: int) -> None:
    """Turn a bit of a file over in place."""
    with path.open("r+b") as handle:
        handle.seek(bit // 8)
        byte = handle.read(1)[0]
        handle.seek(bit // 8)
        handle.write(bytes([byte ^ 1 << bit % 8]))


def test_raw_files_that_are_gone_are_counted_and_no_damage(installation: Settings) -> None:
    """They may be archived."""
    assert verify(installation).notes == []
    shutil.rmtree(installation.raw_dir)
    verdict = verify(installation)
    assert (verdict.damaged, verdict.facts["raw_gone"], len(verdict.notes)) == ([], 2, 1)
    assert verdict.counts[0] == "raw: 2 gone"


@pytest.mark.parametrize("kind", ["a folder", "a pipe or a device"])
def test_what_stands_in_the_place_of_files_is_named(kind: str, installation: Settings) -> None:
    """And the others are checked: a folder ended it, and for a pipe it waited."""
    landed_dir, history = installation.landed_dir, installation.history_dir
    rows, _ = sorted((landed_dir / "followups").rglob("*.parquet"))
    manifests = (landed_dir / "files").rglob("*.json")
    [manifest] = (path for path in manifests if path.stem != rows.stem)
    places = [rows, violations_path(history), manifest, installation.secret_path]
    for path in places:
        path.unlink()
        if kind == "a folder":
            (path / "notes").mkdir(parents=True)
        else:
            os.mkfifo(path)
    whole = [file.path for file in verify(installation).files if file.state == "intact"]
    found = {file.path: file.why for file in verify(installation).damaged}
    assert {path: found.get(path) for path in places[:3]} == dict.fromkeys(
        places[:3], f"it is {kind}"
    )
    assert set(places) <= set(found)
    assert record_path(history, NIGHTS[1]) in whole

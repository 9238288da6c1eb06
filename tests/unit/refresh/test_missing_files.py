"""What is lost is asked about, and neither made anew nor left out in silence (invented rows)."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support.golden import golden
from tests.support.landing_tools import DAY, FOLLOWUPS, Registry
from warehouse.commands.names import names
from warehouse.digests import DIFFERS
from warehouse.history import RefreshRecord, read_records, utc_now, write_record
from warehouse.landing.errors import SecretError
from warehouse.landing.lander import LOST_MANIFEST
from warehouse.landing.log import without_manifest
from warehouse.landing.manifest import manifest_path
from warehouse.publish import publish
from warehouse.refresh.context import refreshing
from warehouse.refresh.errors import Loss
from warehouse.refresh.missing_files import LostError, require_history, require_key, require_rows
from warehouse.settings import Settings
from warehouse.status import HISTORY_LOST, MOST_CHARACTERS, NO_RECORD, Level, read_status
from warehouse.verification import verify
from warehouse.verification.checked import DAMAGED
from warehouse.verification.landed import (
    FIND_MANIFEST,
    LANDED_AGAIN,
    NO_MANIFEST,
    landed_files,
)

GOLDEN = golden("refresh")

TODAY = date(2021, 4, 1)
REFRESH_ID = "20210401T020000Z"
CSV = f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n"


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    """A landed file, and the release that was made of it."""
    registry = Registry(data_settings)
    registry.put(CSV)
    publish_landed(registry)
    return registry


def publish_landed(registry: Registry) -> None:
    """Land what was delivered, and publish a release that knows it."""
    settings = registry.settings
    candidate = settings.releases_dir / "candidate"
    candidate.parent.mkdir(parents=True)
    with duckdb.connect(candidate) as connection:
        connection.execute("create schema quality")
        [landed] = registry.land().files
        connection.execute(
            "create table quality.deliveries as select $file as source_file, 'site_a' as site, "
            "'followups' as extract, $sha256 as file_sha256, $id as file_id, 1 as rows_accepted, "
            "0 as rows_rejected, 'landed' as status, date '2021-03-05' as delivered_on",
            {"file": landed.source_file, "sha256": landed.file_sha256, "id": landed.file_id},
        )
    release = publish(candidate, REFRESH_ID, settings.published_path)
    record = RefreshRecord(REFRESH_ID, utc_now(), TODAY, status="published", release=release.name)
    write_record(settings.history_dir, record)


def lose_manifest(registry: Registry) -> Path:
    """Lose a manifest; its raw file has gone long ago."""
    (registry.settings.raw_dir / DAY / "followups.csv").unlink()
    [manifest] = (registry.settings.landed_dir / "files").rglob("*.json")
    manifest.unlink()
    return manifest


def test_rows_that_would_drop_out_of_the_release_are_asked_about(registry: Registry) -> None:
    settings = registry.settings
    manifest = lose_manifest(registry)
    registry.land()
    rows, violations = without_manifest(settings.landed_dir)[manifest.stem]
    with pytest.raises(LostError) as asked:
        require_rows(settings, TODAY, ())
    assert str(asked.value) == (
        GOLDEN(
            "the_landed_log_has_no_sound",
            day=DAY,
            refresh_id=REFRESH_ID,
            rows=rows,
            violations=violations,
        )
    )
    require_rows(settings, TODAY, [Loss.ROWS])
    require_rows(settings, date(2021, 3, 4), ())


def test_a_damaged_manifest_and_a_lost_log_are_asked_about_too(registry: Registry) -> None:
    settings = registry.settings
    raw = settings.raw_dir / DAY / "followups.csv"
    content = raw.read_bytes()
    raw.unlink()
    [manifest] = (settings.landed_dir / "files").rglob("*.json")
    manifest.write_bytes(manifest.read_bytes()[:-9])
    with pytest.raises(LostError) as asked:
        require_rows(settings, TODAY, ())
    assert GOLDEN("and_its_raw_file_is_gone", manifest=manifest, differs=DIFFERS) in str(
        asked.value
    )
    require_rows(settings, TODAY, [Loss.ROWS])
    assert list(without_manifest(settings.landed_dir)) == [manifest.stem]
    shutil.rmtree(settings.landed_dir)
    with pytest.raises(LostError, match=GOLDEN("nothing_of_it_is_left")):
        require_rows(settings, TODAY, ())
    raw.write_bytes(content)
    registry.land()
    require_rows(settings, TODAY, ())


def test_of_many_lost_manifests_the_first_and_their_number_are_named(
    data_settings: Settings,
) -> None:
    files = data_settings.landed_dir / "files/site=a/delivered_on=2021-03-05"
    files.mkdir(parents=True)
    for number in range(400):
        (files / f"{number:016x}.json").write_text("{")
    with pytest.raises(LostError) as asked:
        require_rows(data_settings, TODAY, ())
    text = str(asked.value)
    assert (text.count(".json"), "400 files" in text, "395 more" in text) == (5, True, True)
    now = utc_now()
    record = RefreshRecord(REFRESH_ID, now, now.date(), status="failed", reason=9 * text)
    write_record(data_settings.history_dir, record)
    assert len(read_status(data_settings).line) < MOST_CHARACTERS + 400


@pytest.mark.parametrize("is_copied", [False, True])
def test_a_lost_manifest_whose_file_is_landed_again_is_stated_once(
    is_copied: bool, data_settings: Settings, tmp_path: Path
) -> None:
    """Right after the first landing, and in an installation that was restored at another place.

    But not where a landing was killed before it wrote the manifest.
    """
    registry = Registry(data_settings)
    registry.put(CSV)
    [landed] = registry.land().files
    if is_copied:
        shutil.copytree(data_settings.data, tmp_path / "restored")
        data_settings = data_settings.model_copy(update={"data": tmp_path / "restored"})
        registry = Registry(data_settings)
    path = manifest_path(data_settings.landed_dir, landed)
    path.unlink()
    unlisted = [file for file in landed_files(data_settings) if file.state == DAMAGED]
    assert {(file.why, file.what_to_do) for file in unlisted} == {(NO_MANIFEST, LANDED_AGAIN)}
    report = registry.land()
    place = path.relative_to(data_settings.data).as_posix()
    reason = f"{LOST_MANIFEST}; it was made again from {DAY}/followups.csv"
    assert report.repaired == (f"{place}: {reason}",)
    row = {"source_file": place, "reason": reason, "needs_correction": False}
    assert report.skipped_rows == [row]
    assert (registry.land().repaired, registry.land().skipped_rows) == ((), [])
    path.unlink()
    data_settings.known_raw_files_path.unlink()
    assert registry.land().repaired == ()


@pytest.mark.parametrize("lines", ["P1,2021-03-05,telephone,2,no\n", ""])
@pytest.mark.parametrize("raw", ["changed", "gone"])
def test_verify_says_when_a_lost_manifest_must_be_restored(
    raw: str, lines: str, data_settings: Settings
) -> None:
    registry = Registry(data_settings)
    registry.put(f"{FOLLOWUPS}\n{lines}")
    [landed] = registry.land().files
    manifest_path(data_settings.landed_dir, landed).unlink()
    delivered = data_settings.raw_dir / DAY / "followups.csv"
    delivered.unlink() if raw == "gone" else delivered.write_text(f"{FOLLOWUPS}\nP2,,,,\n")
    unlisted = [file for file in landed_files(data_settings) if file.state == DAMAGED]
    assert {(file.why, file.what_to_do) for file in unlisted} == {(NO_MANIFEST, FIND_MANIFEST)}


def test_verify_names_rows_of_which_nothing_is_left(registry: Registry) -> None:
    """While the raw file is there, the next refresh lands it again."""
    settings = registry.settings
    shutil.rmtree(settings.landed_dir)
    assert verify(settings).damaged == []
    raw = settings.raw_dir / DAY / "followups.csv"
    raw.unlink()
    [lost] = verify(settings).damaged
    assert (lost.kind, lost.path) == ("landed", raw)
    assert str(lost.why).startswith(f"1 rows of release {REFRESH_ID} ")


@pytest.mark.parametrize("change", ["moved", "overwritten", "gone"])
def test_what_the_log_still_has_is_not_lost(registry: Registry, change: str) -> None:
    raw = registry.settings.raw_dir / DAY / "followups.csv"
    if change == "moved":
        registry.put(raw.read_bytes(), day="site_a/2021-03-06")
    if change == "overwritten":
        registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,telephone,3,no\n")
    else:
        raw.unlink()
    registry.land()
    require_rows(registry.settings, TODAY, ())


def test_a_raw_file_that_is_not_called_by_its_name_is_found(data_settings: Settings) -> None:
    registry = Registry(data_settings)
    registry.put(CSV, "followups Wang Wei.csv")
    publish_landed(registry)
    [manifest] = (data_settings.landed_dir / "files").rglob("*.json")
    manifest.unlink()
    require_rows(data_settings, TODAY, ())


def test_a_lost_key_is_asked_about(registry: Registry) -> None:
    settings = registry.settings
    require_key(settings, ())
    settings.secret_path.write_text("x")
    how = f"the pseudonym key {settings.secret_path} is"
    assert GOLDEN("damaged_restore_it_from_backup", how=how) in read_status(settings).line
    settings.secret_path.unlink()
    assert read_status(settings).level is Level.CRITICAL
    assert GOLDEN("gone_restore_it_from_backup", how=how) in read_status(settings).line
    for folder in (settings.landed_dir, settings.releases_dir):
        with pytest.raises(LostError) as asked:
            require_key(settings, ())
        assert str(asked.value).startswith(
            GOLDEN("the_pseudonym_key_is_gone_and", secret_path=settings.secret_path)
        )
        assert str(asked.value).endswith(GOLDEN("once_warehouse_refresh_go_on_without"))
        assert str(folder) in str(asked.value)
        require_key(settings, [Loss.KEY])
        shutil.rmtree(folder)
    require_key(settings, ())
    assert not settings.secret_path.exists()


def test_a_lost_history_is_asked_about_night_after_night(registry: Registry) -> None:
    settings = registry.settings
    shutil.rmtree(settings.history_dir)
    for _ in range(2):
        with pytest.raises(LostError) as asked, refreshing(settings):
            pytest.fail("it began")
        assert str(asked.value).startswith(
            GOLDEN(
                "has_no_record_of_release_which",
                history_dir=settings.history_dir,
                refresh_id=REFRESH_ID,
            )
        )
        assert GOLDEN("once_warehouse_refresh_go_on_without_2") in str(asked.value)
    status = read_status(settings)
    assert status.level is Level.CRITICAL
    assert (status.release_damage, status.release_remedy) == (NO_RECORD, HISTORY_LOST)
    with refreshing(settings, without=[Loss.HISTORY]):
        pass
    assert len(read_records(settings.history_dir)) == 1


def test_a_lost_history_is_asked_about_where_there_is_no_release(registry: Registry) -> None:
    settings = registry.settings
    shutil.rmtree(settings.history_dir)
    shutil.rmtree(settings.warehouse_dir)
    with pytest.raises(LostError, match=GOLDEN("no_record_of_any_refresh_though")):
        require_history(settings, ())
    shutil.rmtree(settings.landed_dir)
    require_history(settings, ())


def test_a_wrong_key_is_as_loud_as_a_lost_one(registry: Registry) -> None:
    registry.settings.secret_path.write_text("0" * 64)
    status = read_status(registry.settings)
    how = "is not the key that files were landed with; restore it from a backup"
    assert f"the pseudonym key {registry.settings.secret_path} {how}" in status.lost
    assert status.level is Level.CRITICAL


def test_names_are_not_made_with_another_key(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their digests would be found in no report."""
    key = registry.settings.secret_path
    monkeypatch.setattr("warehouse.commands.names.settings", lambda: registry.settings)
    names()
    for content, error in (
        ("0" * 64, "is not the key that files were landed with"),
        ("x", "is damaged"),
        (None, "is gone"),
    ):
        key.unlink()
        if content:
            key.write_text(content)
        with pytest.raises(SecretError) as refused:
            names()
        assert str(refused.value) == (
            GOLDEN("the_pseudonym_key_it_makes_the", key=key, error=error)
        )
        assert refused.value.exit_code == 1
        key.touch()

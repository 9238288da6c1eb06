"""Damage to the history and to releases is noticed; what an earlier version left gets digests."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.support.golden import golden
from warehouse.checks.gx_results import write_record as write_check_record
from warehouse.commands.console import console
from warehouse.commands.releases import releases
from warehouse.digests import (
    ABSENT,
    BESIDE,
    DIFFERS,
    DIGESTS,
    MISSING,
    RELEASE,
    digests_beside,
    file_digest,
    keeping,
    sealed,
)
from warehouse.files import make_folder
from warehouse.history import (
    HistoryError,
    RefreshRecord,
    StepRecord,
    check_results_path,
    keep_violations,
    read_records,
    record_path,
    violations_path,
    write_record,
)
from warehouse.lost_state import lost_history
from warehouse.publish import publish
from warehouse.refresh.errors import Loss
from warehouse.refresh.missing_files import LostError, require_history
from warehouse.refresh.recovery import clean_up_after_crash
from warehouse.releases.note_of_refresh import note_of_candidate
from warehouse.releases.on_disk import current_release
from warehouse.releases.pair import ReleasesError
from warehouse.releases.rollback import roll_back
from warehouse.settings import Settings
from warehouse.status import Level, read_status
from warehouse.verification.kept import history_files
from warehouse.work_database import load_history

GOLDEN = golden("digests_of_releases")

NIGHTS = ("20220601T020000Z", "20220602T020000Z")
CONTENT = """
create schema quality; create schema registry; create schema study;
create table quality.violations as select 'a' as violation_id;
create table registry.patients as select 1 as patient;
create table study.cohort as select 'rescue_stenting' as study_group;
"""


def publish_night(settings: Settings, refresh_id: str) -> RefreshRecord:
    """A release of a few rows, published and recorded as a refresh does it."""
    started = datetime.strptime(refresh_id, "%Y%m%dT%H%M%SZ")
    record = RefreshRecord(refresh_id=refresh_id, started_at=started, as_of=started.date())
    candidate = settings.releases_dir / "candidate"
    candidate.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(candidate) as connection:
        connection.execute(CONTENT)

    def note(digest: str) -> None:
        record.digests[RELEASE] = digest
        write_record(settings.history_dir, record)

    release = publish(candidate, refresh_id, settings.published_path, note)
    record.status, record.release = "published", release.name
    keep_violations(settings.history_dir, release, record.as_of)
    write_record(settings.history_dir, record)
    return record


@pytest.fixture
def two_nights(data_settings: Settings) -> Settings:
    for refresh_id in NIGHTS:
        publish_night(data_settings, refresh_id)
    return data_settings


def flip(path: Path) -> None:
    """Turn a bit over in the middle of a file, as a disk does: its times stay."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def load(settings: Settings) -> list[str]:
    """The violations of earlier nights, as a refresh loads them."""
    record = RefreshRecord("20220603T020000Z", datetime(2022, 6, 3), date(2022, 6, 3))
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        load_history(connection, settings.history_dir, record)
        found = connection.table("raw.earlier_violations").select("violation_id").fetchall()
        return [violation for (violation,) in found]


def test_a_record_of_a_night_that_was_changed_is_refused(two_nights: Settings) -> None:
    path = record_path(two_nights.history_dir, NIGHTS[0])
    path.write_bytes(path.read_bytes().replace(b'"rows_landed": 0', b'"rows_landed": 9'))
    with pytest.raises(HistoryError) as refused:
        load(two_nights)
    assert str(refused.value).startswith(GOLDEN("cannot_be_read", path=path, differs=DIFFERS))


def test_damaged_and_lost_violations_are_refused_until_they_are_put_aside(
    two_nights: Settings,
) -> None:
    assert load(two_nights) == ["a"]
    path = violations_path(two_nights.history_dir)
    flip(path)
    with pytest.raises(HistoryError) as refused:
        load(two_nights)
    assert GOLDEN("restore_each_from_the_backup", path=path, differs=DIFFERS) in str(refused.value)
    path.unlink()
    with pytest.raises(HistoryError, match=f"{path}: {MISSING}"):
        load(two_nights)
    path.with_name("violations.parquet.digest.json").unlink()
    assert load(two_nights) == []


def test_the_results_of_checks_are_checked(two_nights: Settings) -> None:
    path = check_results_path(two_nights.history_dir)
    with keeping(path) as partial:
        duckdb.sql("select 'rule' as rule").write_parquet(str(partial))
    load(two_nights)
    flip(path)
    with pytest.raises(HistoryError, match=f"{path}: "):
        load(two_nights)
    flip(path)
    beside = path.with_name(path.name + BESIDE)
    flip(beside)
    clean_up_after_crash(two_nights)
    with pytest.raises(HistoryError, match=f"{beside.name} beside it is damaged"):
        load(two_nights)


def test_a_release_that_was_edited_in_place_is_critical(two_nights: Settings) -> None:
    settings = two_nights.model_copy(update={"disk_free_min_gib": 0})
    assert read_status(settings).release_damage is None
    release = settings.releases_dir / f"{NIGHTS[1]}.duckdb"
    release.chmod(0o644)
    with duckdb.connect(settings.published_path) as connection:
        connection.execute("delete from study.cohort")
    status = read_status(settings)
    assert (status.level, status.release_damage) == (Level.CRITICAL, DIFFERS)
    assert f"current release {NIGHTS[1]}: {DIFFERS}; " in status.line
    roll_back(settings)
    assert read_status(settings).release_damage is None


def test_a_damaged_release_is_named_in_the_list(
    two_nights: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("warehouse.commands.releases.settings", lambda: two_nights)
    monkeypatch.setattr(console, "width", 1000)
    flip(two_nights.published_path)
    releases()
    damaged = two_nights.releases_dir / f"{NIGHTS[1]}.duckdb"
    assert f"{damaged}: {DIFFERS}" in capsys.readouterr().out.splitlines()


def test_a_copy_that_people_read_and_that_was_edited_is_critical(two_nights: Settings) -> None:
    """On a file system without hard links."""
    content = two_nights.published_path.read_bytes()
    two_nights.published_path.unlink()
    two_nights.published_path.write_bytes(content)
    flip(two_nights.published_path)
    status = read_status(two_nights)
    assert status.level is Level.CRITICAL
    assert GOLDEN("the_current_release_is_file_of") in status.line


def test_nobody_goes_back_to_a_damaged_release(two_nights: Settings) -> None:
    target = two_nights.releases_dir / f"{NIGHTS[0]}.duckdb"
    content = target.read_bytes()
    flip(target)
    with pytest.raises(ReleasesError) as refused:
        roll_back(two_nights)
    assert str(refused.value) == (
        GOLDEN("release_was_not_made_current_the", nights=NIGHTS[0], target=target, differs=DIFFERS)
    )
    current = current_release(two_nights)
    assert current is not None
    assert (current.refresh_id, current.record.rolled_back_at) == (NIGHTS[1], None)
    target.write_bytes(content)
    assert roll_back(two_nights).now.refresh_id == NIGHTS[0]


def test_the_next_release_is_not_compared_with_a_damaged_one(two_nights: Settings) -> None:
    candidate = two_nights.releases_dir / f"{NIGHTS[0]}.duckdb"
    flip(two_nights.published_path)
    current = current_release(two_nights)
    note = note_of_candidate(candidate, read_records(two_nights.history_dir)[1], current, False)
    assert note.startswith(GOLDEN("the_last_release_is_damaged_and"))


def test_what_an_earlier_version_left_gets_its_digests_once(
    two_nights: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    expected = read_records(two_nights.history_dir)
    kept = violations_path(two_nights.history_dir)
    kept.with_name("violations.parquet.digest.json").unlink()
    checks = two_nights.history_dir / "checks" / NIGHTS[0] / "followups.json"
    write_check_record(checks, {"success": True})
    paths = [record_path(two_nights.history_dir, record.refresh_id) for record in expected]
    for path in (checks, *paths):
        former = json.loads(path.read_text())
        del former["digests"], former["sha256"]
        path.write_text(json.dumps(former))
    assert {file.state for file in history_files(two_nights)} == {"no digest"}
    with caplog.at_level(logging.INFO, "warehouse"):
        clean_up_after_crash(two_nights)
        clean_up_after_crash(two_nights)
    assert [message for message in caplog.messages if "digests" in message] == [
        GOLDEN("digests_made_of_records_with_their")
    ]
    assert read_records(two_nights.history_dir) == expected
    assert digests_beside(kept) == [file_digest(kept)]
    assert {file.state for file in history_files(two_nights)} == {"intact"}


def test_a_release_without_a_record_is_not_made_current(two_nights: Settings) -> None:
    record_path(two_nights.history_dir, NIGHTS[0]).unlink()
    with pytest.raises(ReleasesError, match=GOLDEN("the_history_has_no_record_of")):
        roll_back(two_nights, NIGHTS[0])
    write_record(two_nights.history_dir, replace(publish_night(two_nights, "20220603T020000Z")))


def lose(path: Path, *, with_digest: bool) -> None:
    """Delete a file of the history, and perhaps its digest."""
    path.unlink()
    if with_digest:
        path.with_name(path.name + BESIDE).unlink()


@pytest.mark.parametrize("with_digest", [False, True])
@pytest.mark.parametrize("name", ["check_results.parquet", "violations.parquet"])
def test_a_lost_file_of_the_history_is_asked_about(
    data_settings: Settings, name: str, with_digest: bool
) -> None:
    """After one night alone, too: by its digest, or by the record of the refresh that wrote it."""
    record = publish_night(data_settings, NIGHTS[0])
    with keeping(check_results_path(data_settings.history_dir)) as partial:
        duckdb.sql("select 'rule' as rule").write_parquet(str(partial))
    step = StepRecord("publish", 1, record.started_at, 1, 1, 1, "done")
    write_record(
        data_settings.history_dir, replace(record, checked_at=record.started_at, steps=[step])
    )
    path = data_settings.history_dir / name
    lose(path, with_digest=with_digest)
    with pytest.raises(LostError) as asked:
        require_history(data_settings, ())
    assert str(asked.value).startswith(
        GOLDEN("has_no_which_earlier_refreshes_wrote", parent=path.parent, name=name)
    )
    assert GOLDEN("which_earlier_refreshes_wrote_is_gone", path=path) in (
        read_status(data_settings).line
    )
    assert read_status(data_settings).level is Level.CRITICAL
    assert [(file.path, file.why) for file in history_files(data_settings) if file.why] == [
        (path, MISSING)
    ]
    require_history(data_settings, [Loss.HISTORY])
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        load_history(connection, data_settings.history_dir, record)


def test_what_a_kill_left_before_the_first_file_is_no_loss(data_settings: Settings) -> None:
    path = check_results_path(data_settings.history_dir)
    with pytest.raises(KeyboardInterrupt), keeping(path):
        raise KeyboardInterrupt
    make_folder(path.parent)
    path.write_text("x")
    beside = path.with_name(path.name + BESIDE)
    beside.write_bytes(sealed(json.dumps({DIGESTS: [file_digest(path), ABSENT]})))
    path.rename(path.with_suffix(".aside"))
    assert lost_history(path.parent, []) == []
    path.with_suffix(".aside").rename(path)
    clean_up_after_crash(data_settings)
    path.unlink()
    assert lost_history(path.parent, []) == [path]

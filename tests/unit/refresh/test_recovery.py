"""What a killed refresh left is finished or undone by the next one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from tests.support.golden import golden
from warehouse.history import RefreshRecord, read_records, violations_path, write_record
from warehouse.interrupted import INTERRUPTED
from warehouse.publish import candidate_path, publish
from warehouse.refresh.recovery import clean_up_after_crash
from warehouse.settings import Settings

GOLDEN = golden("refresh")

FIRST = RefreshRecord(
    refresh_id="20220601T020000Z",
    started_at=datetime(2022, 6, 1, 2, 0, 0),
    as_of=date(2022, 6, 1),
    refresh_number=1,
    status="published",
    release="20220601T020000Z.duckdb",
)
KILLED = replace(
    FIRST, refresh_id="20220602T020000Z", refresh_number=2, status="running", release=None
)


@pytest.fixture
def one_night(data_settings: Settings) -> Settings:
    """An installation with one release, whose next refresh was killed."""
    published(data_settings, FIRST.refresh_id)
    write_record(data_settings.history_dir, FIRST)
    write_record(data_settings.history_dir, KILLED)
    return data_settings


def candidate(settings: Settings, content: str) -> Path:
    path = candidate_path(settings.releases_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(path) as connection:
        connection.execute("create schema quality")
        connection.execute("create table quality.violations as select ? as id", [content])
    return path


def records(settings: Settings) -> list[RefreshRecord]:
    """What is recorded, without the digests of releases."""
    return [replace(record, digests={}) for record in read_records(settings.history_dir)]


def published(settings: Settings, refresh_id: str) -> Path:
    return publish(candidate(settings, refresh_id), refresh_id, settings.published_path)


def names(settings: Settings) -> list[str]:
    return sorted(
        path.relative_to(settings.data).as_posix()
        for path in settings.data.rglob("*")
        if path.is_file()
    )


def test_a_refresh_that_never_published_is_marked_as_interrupted(one_night: Settings) -> None:
    clean_up_after_crash(one_night)
    assert records(one_night) == [
        FIRST,
        replace(KILLED, status="interrupted", reason=INTERRUPTED),
    ]


def test_a_release_that_was_renamed_but_never_pointed_at_is_undone(one_night: Settings) -> None:
    candidate(one_night, "killed").rename(one_night.releases_dir / "20220602T020000Z.duckdb")
    clean_up_after_crash(one_night)
    assert read_records(one_night.history_dir)[-1].status == "interrupted"
    assert [path.name for path in one_night.releases_dir.iterdir()] == ["20220601T020000Z.duckdb"]


@pytest.mark.parametrize("is_link", [True, False], ids=["link", "copy"])
def test_a_release_that_people_already_read_counts_as_published(
    one_night: Settings, is_link: bool
) -> None:
    """Its violations are kept, so that tomorrow they are not new again."""
    release = published(one_night, KILLED.refresh_id)
    if not is_link:
        content = release.read_bytes()
        release.unlink()
        release.write_bytes(content)
    clean_up_after_crash(one_night)
    assert records(one_night) == [
        FIRST,
        replace(
            KILLED,
            status="published",
            release="20220602T020000Z.duckdb",
            reason=GOLDEN("the_process_ended_after_release_was"),
        ),
    ]
    kept = violations_path(one_night.history_dir)
    assert duckdb.read_parquet(str(kept)).fetchall() == [(KILLED.refresh_id,)]


def test_half_written_files_and_spilled_data_go(one_night: Settings) -> None:
    before = names(one_night)
    spilled = one_night.releases_dir / ".candidate-release.duckdb.tmp"
    spilled.mkdir()
    for path in (
        candidate_path(one_night.releases_dir),
        spilled / "duckdb_temp_storage-0.tmp",
        one_night.published_path.with_name("warehouse.duckdb.77.partial"),
        one_night.history_dir / "refreshes" / "x.json.77.partial",
        one_night.history_dir / "check_results" / "x.parquet.77.partial",
        one_night.reports_dir / "quality.html.77.partial",
        one_night.state_dir / "tmp" / "openpyxl.x7fnkcsz",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
    clean_up_after_crash(one_night)
    assert names(one_night) == before


def test_of_alerts_half_written_what_a_dead_process_wrote_goes(one_night: Settings) -> None:
    """Alerts are written without the lock: one who is at it now keeps its file."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    one_night.alerts_dir.mkdir(parents=True)
    for writer in (ended.pid, os.getpid(), "somebody"):
        (one_night.alerts_dir / f"told.json.{writer}.partial").touch()
    clean_up_after_crash(one_night)
    assert {path.name for path in one_night.alerts_dir.iterdir()} == {
        f"told.json.{os.getpid()}.partial",
        "told.json.somebody.partial",
    }

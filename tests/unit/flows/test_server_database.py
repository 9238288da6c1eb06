"""Prefect's database: made anew where it is damaged, and left alone where it is not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.golden import golden
from warehouse.environment import prefect_home
from warehouse.flows.server_database import set_damaged_database_aside
from warehouse.settings import Settings

GOLDEN = golden("flows")


@pytest.fixture
def database(data_settings: Settings) -> Path:
    """A database of some pages in the place of Prefect's."""
    path = prefect_home(data_settings) / "prefect.db"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode=wal")
        connection.execute("create table runs (name text unique)")
        connection.executemany("insert into runs values (?)", [(f"{n:0200}",) for n in range(500)])
        connection.commit()
    return path


@pytest.mark.parametrize("share", [0.001, 0.5, 0.999])
def test_a_truncated_database_is_renamed_and_named(
    share: float, database: Path, data_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = database.read_bytes()[: int(database.stat().st_size * share)]
    database.write_bytes(damaged)
    database.with_name("prefect.db-wal").touch()
    set_damaged_database_aside(data_settings)
    kept = database.with_name("prefect.db.damaged")
    assert [path.name for path in database.parent.iterdir()] == [kept.name]
    assert kept.read_bytes() == damaged
    assert GOLDEN("is_created_again_its_pages_have") in caplog.text


def test_a_sound_database_stays_also_while_it_is_in_use(
    database: Path, data_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("begin exclusive")
        set_damaged_database_aside(data_settings)
    set_damaged_database_aside(data_settings)
    assert database.exists()
    assert caplog.text == ""


def test_there_may_be_none_yet_or_an_empty_folder(data_settings: Settings) -> None:
    set_damaged_database_aside(data_settings)
    place = prefect_home(data_settings) / "prefect.db"
    place.mkdir(parents=True)
    set_damaged_database_aside(data_settings)
    assert not place.exists()

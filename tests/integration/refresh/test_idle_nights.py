"""A night with nothing new publishes the same as one that does all again, and does less."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.support.refreshed import SHIPPED_RAW, copy_data, refresh_without_prefect
from warehouse.definitions.config import STUDIES_DIR
from warehouse.history import read_records
from warehouse.refresh.context import refreshing
from warehouse.refresh.idle import is_idle
from warehouse.refresh.steps import check_rows, land_deliveries
from warehouse.releases.on_disk import current_release, releases_on_disk
from warehouse.releases.rollback import roll_back
from warehouse.settings import Settings
from warehouse.settings import settings as process_settings
from warehouse.work_database import (
    OF_EACH_NIGHT,
    DamagedLogError,
    load_history,
    new_work_database,
)

FIRST_DAY = date(2022, 6, 10)
# What says when, by whom and in how long, of the newest refresh.
OF_ITS_OWN = {
    "ops.refreshes": {"refresh_id", "release_file", "started_at", "checked_at", "finished_at"},
    "ops.steps": {"refresh_id", "rows", "seconds", "peak_memory_mb", "started_at"},
    "ops.study_sizes": {"refresh_id"},
    "quality.check_results": {"refresh_id", "checked_at"},
}
ROWS_OF_CHECKS = "select rows from ops.steps where step = 'check' order by started_at"
RELATIONS = """
select database_name, schema_name || '.' || table_name, list(column_name order by column_index)
from duckdb_columns() where database_name in ('idle', 'whole') and not internal
group by all
"""


@contextmanager
def of_the_process(data: Path, **others: str) -> Iterator[Settings]:
    """The settings of the process, whose data folder is this one meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"data": str(data), **others}.items():
            patch.setenv(f"WAREHOUSE_{name.upper()}", value)
        process_settings.cache_clear()
        yield process_settings()
    process_settings.cache_clear()


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation with a study of its own, as of a day soon after the shipped deliveries."""
    data = tmp_path_factory.mktemp("idle") / "data"
    shutil.copytree(SHIPPED_RAW, data / "raw")
    own = data / "config" / "studies" / "mine"
    own.mkdir(parents=True)
    (own / "study.yaml").write_text("extends: guo_2023\n", encoding="utf-8")
    shutil.copytree(STUDIES_DIR / "guo_2023" / "published", own / "published")
    with of_the_process(data) as settings:
        refresh_without_prefect(settings, FIRST_DAY, pages=False)
    return settings


@pytest.fixture
def night(first_night: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A copy of it for a night of today, when all windows of follow-up have closed."""
    copy_data(first_night.data, tmp_path / "data")
    with of_the_process(tmp_path / "data") as settings:
        yield settings


def test_an_idle_night_publishes_what_a_whole_one_does(night: Settings, tmp_path: Path) -> None:
    copy_data(night.data, tmp_path / "whole")
    with of_the_process(tmp_path / "whole") as whole:
        whole.built_path.unlink()
        refresh_without_prefect(whole, pages=False)
    with of_the_process(night.data):
        refresh_without_prefect(night, pages=False)
    with duckdb.connect() as connection:
        for name, settings in (("idle", night), ("whole", whole)):
            connection.execute(f"attach '{settings.published_path}' as {name} (read_only)")
        columns: dict[str, dict[str, list[str]]] = {"idle": {}, "whole": {}}
        for database, relation, names in connection.execute(RELATIONS).fetchall():
            columns[database][relation] = names
        assert columns["idle"] == columns["whole"]
        differing = {
            relation
            for relation, names in columns["idle"].items()
            if _rows(connection, "idle", relation, names)
            != _rows(connection, "whole", relation, names)
        }
        assert (len(columns["idle"]) > 100, differing) == (True, set())
    counts = [_rows_of_checks(settings) for settings in (night, whole)]
    rows = counts[0][0]
    assert counts == [[rows, 0], [rows, rows]]
    records = [
        {path.name for path in (settings.history_dir / "checks" / _newest(settings)).iterdir()}
        for settings in (night, whole)
    ]
    assert records[0] == records[1]


def test_a_night_builds_what_is_made_of_its_history(night: Settings, tmp_path: Path) -> None:
    record = read_records(night.history_dir)[-1]
    with new_work_database(tmp_path / "work.duckdb") as connection:
        load_history(connection, night.history_dir, record)
        tables = connection.execute("select table_name from duckdb_tables()").fetchall()
    assert {name for (name,) in tables} == set(OF_EACH_NIGHT)


def _a_delivery(settings: Settings) -> None:
    newest = max((settings.raw_dir / "synthetic_centre").iterdir())
    shutil.copytree(newest, newest.with_name("2026-11-01"))


def _an_unreadable_file(settings: Settings) -> None:
    folder = settings.raw_dir / "synthetic_centre" / "2026-11-02"
    folder.mkdir()
    (folder / "admissions.csv").write_bytes(b"PK\x03\x04 no table")


def _a_threshold(settings: Settings) -> None:
    settings.config_dir.mkdir(exist_ok=True)
    (settings.config_dir / "thresholds.yaml").write_text("", encoding="utf-8")


def _a_study(settings: Settings) -> None:
    path = settings.config_dir / "studies" / "mine" / "study.yaml"
    path.write_text("extends: first_pass_effect\n", encoding="utf-8")


def _a_published_result(settings: Settings) -> None:
    path = settings.config_dir / "studies" / "mine" / "published" / "results.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")


def _a_changed_work_database(settings: Settings) -> None:
    with duckdb.connect(settings.work_path) as connection:
        connection.execute("update raw.admissions set sex = 'female'")


def _no_work_database(settings: Settings) -> None:
    settings.work_path.unlink()


def _a_changed_release(settings: Settings) -> None:
    release = current_release(settings)
    assert release is not None
    release.path.chmod(0o644)
    with duckdb.connect(release.path) as connection:
        connection.execute("update registry.patients set sex = 'female'")


def _an_earlier_release(settings: Settings) -> None:
    refresh_without_prefect(settings, pages=False)
    roll_back(settings, releases_on_disk(settings)[1].refresh_id)


def _no_records_of_checks(settings: Settings) -> None:
    shutil.rmtree(settings.history_dir / "checks" / _newest(settings))


def _an_edited_note(settings: Settings) -> None:
    text = settings.built_path.read_text(encoding="utf-8")
    settings.built_path.write_text(text.replace("release", "Release"), encoding="utf-8")


def _nothing(_settings: Settings) -> None:
    """Leave all as it is."""


@pytest.mark.parametrize(
    ("change", "idle"),
    [
        (_nothing, True),
        (_a_delivery, False),
        (_an_unreadable_file, False),
        (_a_threshold, False),
        (_a_study, False),
        (_a_published_result, False),
        (_a_changed_work_database, False),
        (_no_work_database, False),
        (_a_changed_release, False),
        (_an_earlier_release, False),
        (_no_records_of_checks, False),
        (_an_edited_note, False),
    ],
)
def test_any_change_makes_a_night_do_all_again(
    night: Settings, change: Callable[[Settings], None], idle: bool
) -> None:
    change(night)
    with refreshing(night) as refresh:
        land_deliveries(refresh)
        assert is_idle(refresh) == idle


def test_a_night_that_lands_all_again_and_one_of_a_past_day_are_not_idle(night: Settings) -> None:
    for as_of, full in ((None, True), (FIRST_DAY - timedelta(days=1), False)):
        with refreshing(night, as_of, full=full) as refresh:
            land_deliveries(refresh)
            assert not is_idle(refresh)


def test_another_default_study_makes_a_night_do_all_again(
    night: Settings,
) -> None:
    """A setting of the environment or of warehouse.toml, which is no file of a study."""
    with (
        of_the_process(night.data, default_study="first_pass_effect") as settings,
        refreshing(settings) as refresh,
    ):
        land_deliveries(refresh)
        assert not is_idle(refresh)


def test_changed_code_makes_a_night_do_all_again(
    night: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refreshing(night) as refresh:
        land_deliveries(refresh)
        monkeypatch.setattr("warehouse.refresh.idle.project_digest", lambda _: "another")
        assert not is_idle(refresh)


def test_a_damaged_landed_file_stops_an_idle_night(night: Settings) -> None:
    """The last release is right, but the file would be missed in the next one."""
    with refreshing(night) as refresh:
        land_deliveries(refresh)
        rows = max(night.landed_dir.glob("admissions/**/*.parquet"))
        rows.write_bytes(rows.read_bytes()[:-1] + b"?")
        with pytest.raises(DamagedLogError):
            is_idle(refresh)


def test_a_night_after_an_idle_one_that_failed_does_all_again(night: Settings) -> None:
    with suppress(KeyError), refreshing(night) as refresh:
        land_deliveries(refresh)
        check_rows(refresh)
        assert refresh.is_idle
        raise KeyError
    with refreshing(night) as refresh:
        land_deliveries(refresh)
        assert not is_idle(refresh)


def _rows(
    connection: duckdb.DuckDBPyConnection, database: str, relation: str, names: list[str]
) -> list[tuple[object, ...]]:
    """All rows of a table or view, in its order, without what is of its own refresh."""
    kept = [name for name in names if name not in OF_ITS_OWN.get(relation, ())]
    listed = ", ".join(f'"{name}"' for name in kept)
    schema, _, table = relation.partition(".")
    return connection.execute(f'select {listed} from {database}."{schema}"."{table}"').fetchall()


def _rows_of_checks(settings: Settings) -> list[int]:
    with duckdb.connect(settings.published_path, read_only=True) as connection:
        return [rows for (rows,) in connection.execute(ROWS_OF_CHECKS).fetchall()]


def _newest(settings: Settings) -> str:
    return read_records(settings.history_dir)[-1].refresh_id

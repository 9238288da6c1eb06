"""The record of each refresh outlives the releases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from warehouse.history import (
    HistoryError,
    RefreshRecord,
    StepRecord,
    keep_violations,
    last_published,
    new_refresh_id,
    read_records,
    refresh_since,
    violations_path,
    write_record,
)

STARTED = datetime(2022, 6, 1, 2, 0, 0)
PUBLISHED = RefreshRecord(
    refresh_id="20220601T020000Z",
    started_at=STARTED,
    as_of=date(2022, 6, 1),
    status="published",
    finished_at=datetime(2022, 6, 1, 2, 1, 0),
    release="20220601T020000Z.duckdb",
    rows_landed=1034,
    versions={"duckdb": "2.0.0"},
    steps=[StepRecord("land", 1, STARTED, 1.5, 1034, 210.5, "done")],
    mart_digests={"study.cohort": "127:abc"},
)


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write_record(tmp_path, PUBLISHED)
    assert read_records(tmp_path) == [PUBLISHED]


def test_the_last_published_refresh_is_not_the_last_failed_one(tmp_path: Path) -> None:
    failed = replace(PUBLISHED, refresh_id="20220602T020000Z", status="failed", reason="gate")
    write_record(tmp_path, failed)
    write_record(tmp_path, PUBLISHED)
    assert last_published(tmp_path) == PUBLISHED
    assert [record.status for record in read_records(tmp_path)] == ["published", "failed"]


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"status": "failed"}, True),
        ({"status": "interrupted"}, False),
        ({"status": "running"}, False),
        ({"status": "built"}, False),
        ({"started_at": datetime(2022, 6, 1, 11, 59, 59)}, False),
        ({"as_of": date(2022, 5, 31)}, False),
        ({"as_of": date(2022, 6, 2)}, True),
    ],
)
def test_what_counts_as_the_work_of_a_night(
    changes: dict[str, object], counts: bool, tmp_path: Path
) -> None:
    """Due at noon, so that it is the same day on the clock of whatever machine."""
    due_at = datetime(2022, 6, 1, 12, tzinfo=UTC)
    night = {"started_at": datetime(2022, 6, 1, 12, 0, 0), "as_of": date(2022, 6, 1)}
    record = replace(PUBLISHED, **(night | changes))
    write_record(tmp_path, record)
    assert refresh_since(tmp_path, due_at) == (record if counts else None)
    assert refresh_since(tmp_path, due_at + timedelta(days=3)) is None


def test_nothing_was_published_before_the_first_refresh(tmp_path: Path) -> None:
    assert last_published(tmp_path) is None


def test_ids_sort_by_time_and_never_repeat(tmp_path: Path) -> None:
    assert new_refresh_id(tmp_path, STARTED) == "20220601T020000Z"
    write_record(tmp_path, PUBLISHED)
    assert new_refresh_id(tmp_path, STARTED) == "20220601T020000Z-2"


def test_violations_are_kept_but_not_those_of_a_day_in_the_past(tmp_path: Path) -> None:
    history, release = tmp_path / "history", tmp_path / "release.duckdb"
    write_record(history, PUBLISHED)
    with duckdb.connect(release) as connection:
        connection.execute("create schema quality")
        connection.execute("create table quality.violations as select 'a' as violation_id")
    keep_violations(history, release, PUBLISHED.as_of)
    with duckdb.connect(release) as connection:
        connection.execute("delete from quality.violations")

    keep_violations(history, release, date(2022, 5, 31))

    kept = violations_path(history)
    assert duckdb.read_parquet(str(kept)).fetchall() == [("a",)]
    assert sorted(path.name for path in history.iterdir()) == ["refreshes", "violations.parquet"]


def test_ids_go_on_after_the_clock_was_set_back(tmp_path: Path) -> None:
    """Also past the ninth of a second, where text would sort -10 before -2."""
    write_record(tmp_path, PUBLISHED)
    yesterday = STARTED.replace(day=1, month=5)
    for _ in range(10):
        refresh_id = new_refresh_id(tmp_path, yesterday)
        write_record(tmp_path, replace(PUBLISHED, refresh_id=refresh_id))
    assert [record.refresh_id for record in read_records(tmp_path)] == [
        PUBLISHED.refresh_id,
        *(f"{PUBLISHED.refresh_id}-{number}" for number in range(2, 12)),
    ]
    assert new_refresh_id(tmp_path, STARTED.replace(second=1)) == "20220601T020001Z"


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    write_record(tmp_path, PUBLISHED)
    path = tmp_path / "refreshes" / f"{PUBLISHED.refresh_id}.json"
    path.write_text(path.read_text(encoding="utf-8")[:40], encoding="utf-8")

    with pytest.raises(HistoryError) as refused:
        read_records(tmp_path)

    assert str(path) in str(refused.value)
    assert "Restore it from the backup, or move it away" in str(refused.value)

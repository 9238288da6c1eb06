"""The record of each refresh outlives the releases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.support.golden import golden
from warehouse.history import (
    HistoryError,
    RefreshRecord,
    StepRecord,
    in_order,
    keep_violations,
    last_published,
    new_refresh_id,
    next_refresh_number,
    read_records,
    record_path,
    refresh_since,
    utc_now,
    violations_path,
    write_record,
)

GOLDEN = golden("history")

STARTED = datetime(2022, 6, 1, 2, 0, 0)
PUBLISHED = RefreshRecord(
    refresh_id="20220601T020000Z",
    started_at=STARTED,
    as_of=date(2022, 6, 1),
    refresh_number=1,
    status="published",
    finished_at=datetime(2022, 6, 1, 2, 1, 0),
    release="20220601T020000Z.duckdb",
    rows_landed=1034,
    studies={"late_window": {"late": 31, "early": 11}, "first_pass": {"all": 0}},
    versions={"duckdb": "2.0.0"},
    steps=[StepRecord("land", 1, STARTED, 1.5, 1034, 210.5, "done")],
    mart_digests={"study.cohort": "127:abc"},
)


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write_record(tmp_path, PUBLISHED)
    (record,) = read_records(tmp_path)
    assert record == PUBLISHED
    assert [*record.studies] == ["late_window", "first_pass"]
    assert [*record.cohort.items()] == [("late", 31), ("early", 11)]


def test_a_record_of_version_0_1_has_one_study(tmp_path: Path) -> None:
    path = record_path(tmp_path, PUBLISHED.refresh_id)
    path.parent.mkdir()
    stored = {"refresh_id": path.stem, "started_at": "2022-06-01T02:00:00", "as_of": "2022-06-01"}
    groups = {"rescue_stenting": 41, "no_rescue_stenting": 86}
    path.write_text(json.dumps(stored | groups), encoding="utf-8")
    (record,) = read_records(tmp_path)
    assert (record.studies, record.cohort) == ({"study": groups}, groups)


def test_a_step_of_an_earlier_version_has_its_present_name(tmp_path: Path) -> None:
    """The release gate was called audit."""
    step = PUBLISHED.steps[0]
    write_record(tmp_path, replace(PUBLISHED, steps=[replace(step, step="audit")]))
    assert read_records(tmp_path)[0].steps == [replace(step, step="release gate")]


def test_the_last_published_refresh_is_not_the_last_failed_one(tmp_path: Path) -> None:
    failed = replace(
        PUBLISHED, refresh_id="20220602T020000Z", refresh_number=2, status="failed", reason="gate"
    )
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


def test_ids_never_repeat(tmp_path: Path) -> None:
    assert new_refresh_id(tmp_path, STARTED) == "20220601T020000Z"
    for number in range(2, 12):
        write_record(tmp_path, replace(PUBLISHED, refresh_id=new_refresh_id(tmp_path, STARTED)))
        assert new_refresh_id(tmp_path, STARTED) == f"20220601T020000Z-{number}"


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
    assert sorted(path.name for path in history.iterdir()) == [
        "refreshes",
        "violations.parquet",
        "violations.parquet.digest.json",
    ]


def test_records_come_in_the_order_of_their_numbers_whatever_the_clock_stated(
    tmp_path: Path,
) -> None:
    """Those of earlier versions have none; their ids went on, and text would sort -10 before -2."""
    stem = PUBLISHED.refresh_id
    former = [stem, *(f"{stem}-{number}" for number in range(2, 12))]
    for refresh_id in reversed(former):
        write_record(tmp_path, replace(PUBLISHED, refresh_id=refresh_id, refresh_number=0))
    ahead_and_right_again = ["20300101T020000Z", "20220603T020000Z", "20220603T020000Z-2"]
    for refresh_id in ahead_and_right_again:
        number = next_refresh_number(tmp_path)
        write_record(tmp_path, replace(PUBLISHED, refresh_id=refresh_id, refresh_number=number))
    records = read_records(tmp_path)
    assert [record.refresh_id for record in records] == [*former, *ahead_and_right_again]
    assert [record.refresh_number for record in records] == list(range(1, 15))
    unknown = ["20220502T020000Z", "20220602T020000Z"]  # releases whose record was moved away
    releases = [Path(f"{name}.duckdb") for name in sorted(unknown + former + ahead_and_right_again)]
    assert [path.stem for path in in_order(releases, records)] == [
        unknown[0],
        *former,
        unknown[1],
        *ahead_and_right_again,
    ]


def test_a_night_with_the_clock_ahead_does_no_later_nights_work(tmp_path: Path) -> None:
    """Nor is the day that it showed the newest of which violations are kept."""
    tomorrow = utc_now() + timedelta(days=400)
    ahead = replace(PUBLISHED, started_at=tomorrow, as_of=tomorrow.date())
    write_record(tmp_path, ahead)
    assert refresh_since(tmp_path, datetime.now(UTC)) is None
    release = tmp_path / "release.duckdb"
    with duckdb.connect(release) as connection:
        connection.execute("create schema quality")
        connection.execute("create table quality.violations as select 'a' as violation_id")
    keep_violations(tmp_path, release, ahead.as_of)
    with duckdb.connect(release) as connection:
        connection.execute("delete from quality.violations")
    keep_violations(tmp_path, release, date.today())
    assert duckdb.read_parquet(str(violations_path(tmp_path))).fetchall() == []


def test_copies_that_people_make_are_no_records(tmp_path: Path) -> None:
    write_record(tmp_path, PUBLISHED)
    folder = tmp_path / "refreshes"
    text = (folder / f"{PUBLISHED.refresh_id}.json").read_text(encoding="utf-8")
    for name in (f"{PUBLISHED.refresh_id} - Copy.json", "Copy of it.json", "notes.json"):
        (folder / name).write_text(text, encoding="utf-8")
    assert read_records(tmp_path) == [PUBLISHED]


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    write_record(tmp_path, PUBLISHED)
    path = tmp_path / "refreshes" / f"{PUBLISHED.refresh_id}.json"
    path.write_text(path.read_text(encoding="utf-8")[:40], encoding="utf-8")

    with pytest.raises(HistoryError) as refused:
        read_records(tmp_path)

    assert str(path) in str(refused.value)
    assert GOLDEN("restore_it_from_the_backup_or") in str(refused.value)


def test_a_record_without_a_number_comes_after_those_before_it(tmp_path: Path) -> None:
    """Of an upgrade that was interrupted, or of an earlier version that was gone back to."""
    for number, day in enumerate([1, 2, 3, 4, 5], 1):
        record = replace(PUBLISHED, refresh_id=f"2022060{day}T020000Z")
        write_record(tmp_path, replace(record, refresh_number=0 if day in (3, 5) else number))
    for _ in range(2):
        records = read_records(tmp_path)
        assert [(row.refresh_id[7:8], row.refresh_number) for row in records] == [
            ("1", 1), ("2", 2), ("3", 3), ("4", 4), ("5", 5),
        ]  # fmt: skip
        write_record(tmp_path, records[2])

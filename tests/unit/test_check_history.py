"""Check results are stored when they change, and each refresh can still be asked for its own."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse import files
from warehouse.check_history import store_check_results, upgrade_check_results
from warehouse.history import (
    HistoryError,
    RefreshRecord,
    check_results_path,
    read_records,
    record_path,
)
from warehouse.raw_columns import CHECK_RESULTS
from warehouse.refresh.first_digests import make_first_digests
from warehouse.settings import Settings
from warehouse.work_database import load_check_results

FIRST_DAY = date(2025, 1, 1)
RULES = ("admissions.sex.codes", "admissions.birth_date.required", "admissions.aspects.range")
Result = tuple[str, date, int, int, str]
ARROW = {"varchar": pa.string(), "timestamp": pa.timestamp("us"), "date": pa.date32(),
         "bigint": pa.int64()}  # fmt: skip
RAW = {name: ARROW[kind] for name, kind in CHECK_RESULTS.items()}


@pytest.fixture
def history_dir(tmp_path: Path) -> Path:
    """The folder of the history of an installation."""
    (tmp_path / "history").mkdir()
    return tmp_path / "history"


@pytest.fixture(autouse=True)
def _without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What must be flushed when is tested in tests/faults/test_power_loss.py."""
    monkeypatch.setattr(files, "sync_file", lambda _path: None)


def test_a_night_stores_what_is_new_and_an_idle_one_nothing(history_dir: Path) -> None:
    """One delivery in each of 50 nights, then none in 10."""
    with duckdb.connect() as connection:
        for number in range(50):
            store(connection, history_dir, night(number), delivered_until(number))
        stored = check_results_path(history_dir)
        assert pq.read_metadata(stored).num_rows == 50 * len(RULES)
        before = stored.stat()
        for number in range(50, 60):
            store(connection, history_dir, night(number), delivered_until(49))
        after = stored.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert asked(history_dir, night(30)) == sorted(delivered_until(30))


def test_every_refresh_has_the_results_that_it_had(history_dir: Path) -> None:
    """Whatever changes: counts, rules, deliveries that go away, and days in the past."""
    random = Random(12)
    had: dict[str, list[Result]] = {}
    with duckdb.connect() as connection:
        for number in range(10, 50):
            record = night(number)
            if random.random() < 0.2:
                record.as_of = night(max(9, number - random.randrange(20))).as_of
            results = [
                (rule, day, 10, failed, "errored" if random.random() < 0.05 else "warned")
                for rule in RULES
                if random.random() < 0.9
                for day in days_until(record.as_of)
                if random.random() < 0.95
                for failed in [int(random.random() < 0.1)]
            ]
            store(connection, history_dir, record, results)
            had[record.refresh_id] = sorted(results)
    for record in read_records(history_dir):
        assert asked(history_dir, record) == had[record.refresh_id]
        assert record.checked_at == record.started_at + timedelta(minutes=1)


def test_where_records_are_lost_and_a_number_is_given_again_the_later_results_go(
    history_dir: Path,
) -> None:
    with duckdb.connect() as connection:
        for number in range(10):
            results = [(RULES[0], FIRST_DAY, 10, number, "warned")]
            store(connection, history_dir, night(number), results)
        for number in range(4, 10):
            record_path(history_dir, night(number).refresh_id).unlink()
        again = replace(night(20), refresh_number=night(4).refresh_number)
        store(connection, history_dir, again, [(RULES[0], FIRST_DAY, 10, 3, "warned")])
    answers = [asked(history_dir, record)[0][3] for record in read_records(history_dir)]
    assert answers == [0, 1, 2, 3, 3]


def test_a_folder_of_version_0_1_with_100_nights_is_upgraded(history_dir: Path) -> None:
    for number in range(100):
        record = night(number)
        results = [
            (rule, day, checked, int(day.day == 9 and number < 50), status)
            for rule, day, checked, _, status in delivered_until(number)
        ]
        write_as_0_1(history_dir, record, results)
    had = results_of_0_1(history_dir)
    make_first_digests(Settings(data=history_dir.parent))  # as the refresh before it does
    records = read_records(history_dir)
    assert len(had) == 100 and sum(map(len, had.values())) == 3 * 100 * 101 / 2

    assert upgrade_check_results(history_dir) == 100

    assert read_records(history_dir) == [
        replace(record, checked_at=record.started_at + timedelta(minutes=1)) for record in records
    ]
    assert {row.refresh_id: asked(history_dir, row) for row in records} == had
    assert list((history_dir / "check_results").iterdir()) == []
    # Of the deliveries of the first 49 days, two of a 9th lost a failure of each rule.
    n_stored = pq.read_metadata(check_results_path(history_dir)).num_rows
    assert n_stored == 3 * 100 + 3 * 2
    assert upgrade_check_results(history_dir) == 0


@pytest.fixture
def ten_nights(history_dir: Path) -> dict[str, list[Result]]:
    """What version 0.1.0 kept of ten nights, in each of which a result changed, by refresh."""
    records = [night(number) for number in range(10)]
    found = [[(RULES[0], FIRST_DAY, 10, number, "warned")] for number in range(10)]
    for record, results in zip(records, found, strict=True):
        write_as_0_1(history_dir, record, results)
    make_first_digests(Settings(data=history_dir.parent))
    return {record.refresh_id: results for record, results in zip(records, found, strict=True)}


@pytest.mark.parametrize("call", [0, 1, 2, 3, 4, 13, 23, 24, 25, 26, 35, 43])
def test_an_upgrade_that_is_interrupted_is_done_again(
    ten_nights: dict[str, list[Result]],
    history_dir: Path,
    call: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At one of the 44 times when it deletes a file: two for each that it writes, then the old."""
    unlink, calls = Path.unlink, count()

    def interrupted(path: Path, missing_ok: bool = False) -> None:
        if next(calls) == call:
            raise KeyboardInterrupt
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", interrupted)
        with pytest.raises(KeyboardInterrupt):
            upgrade_check_results(history_dir)
    upgrade_check_results(history_dir)
    assert {
        row.refresh_id: asked(history_dir, row) for row in read_records(history_dir)
    } == ten_nights
    assert list((history_dir / "check_results").iterdir()) == []


@pytest.mark.usefixtures("ten_nights")
def test_a_night_of_an_older_version_after_the_upgrade_is_upgraded_as_well(
    history_dir: Path,
) -> None:
    upgrade_check_results(history_dir)
    results = [(RULES[0], FIRST_DAY, 10, 70, "warned")]
    write_as_0_1(history_dir, night(10), results)
    assert upgrade_check_results(history_dir) == 1
    assert asked(history_dir, night(10)) == results


@pytest.mark.usefixtures("ten_nights")
def test_a_damaged_file_stops_the_upgrade_and_is_named(history_dir: Path) -> None:
    """Nothing is lost; without the file, its refresh has no results."""
    damaged = history_dir / "check_results" / f"{night(4).refresh_id}.parquet"
    damaged.write_bytes(b"damaged")
    with pytest.raises(HistoryError, match=damaged.name):
        upgrade_check_results(history_dir)
    assert len(list((history_dir / "check_results").iterdir())) == 10
    damaged.unlink()
    assert upgrade_check_results(history_dir) == 9
    unchecked = [row.refresh_id for row in read_records(history_dir) if row.checked_at is None]
    assert unchecked == [night(4).refresh_id]


def night(number: int) -> RefreshRecord:
    """The record of the refresh of a night."""
    day = FIRST_DAY + timedelta(days=number)
    started_at = datetime(day.year, day.month, day.day, 2)
    refresh_id = f"{started_at:%Y%m%dT%H%M%SZ}"
    return RefreshRecord(refresh_id, started_at, day, number + 1, status="published")


def days_until(day: date) -> list[date]:
    return [FIRST_DAY + timedelta(days=number) for number in range((day - FIRST_DAY).days + 1)]


def delivered_until(number: int) -> list[Result]:
    """What the checks find in one delivery a day: nothing."""
    days = days_until(night(number).as_of)
    return [(rule, day, 10, 0, "warned") for rule in RULES for day in days]


def store(
    connection: duckdb.DuckDBPyConnection,
    history_dir: Path,
    record: RefreshRecord,
    results: list[Result],
) -> None:
    """Store the results of a refresh as its check step does."""
    connection.execute("drop schema if exists raw cascade; create schema raw")
    connection.execute("create table raw.refresh (checked_at timestamp)")
    load_check_results(connection, history_dir)
    connection.from_arrow(as_rows(record, results)).create("raw.check_results")
    store_check_results(connection, history_dir, record)


def as_rows(record: RefreshRecord, results: list[Result]) -> pa.Table:
    """The results as ``raw.check_results`` has them, and a file of version 0.1.0."""
    checked_at = record.started_at + timedelta(minutes=1)
    rows = [
        (record.refresh_id, checked_at, rule, rule.partition(".")[0], "hospital", day, "warn",
         checked, failed, status)
        for rule, day, checked, failed, status in results
    ]  # fmt: skip
    columns = zip(*rows, strict=True) if rows else [()] * len(RAW)
    return pa.table(dict(zip(RAW, map(pa.array, columns, RAW.values()), strict=True)))


def write_as_0_1(history_dir: Path, record: RefreshRecord, results: list[Result]) -> None:
    """Keep a refresh as version 0.1.0 did: a record without number and digest, all its results."""
    stored = json.loads(json.dumps(asdict(record), default=str))
    for name in ("checked_at", "refresh_number", "digests"):
        del stored[name]
    path = record_path(history_dir, record.refresh_id)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(stored))
    folder = history_dir / "check_results"
    folder.mkdir(exist_ok=True)
    pq.write_table(as_rows(record, results), folder / f"{record.refresh_id}.parquet")


def results_of_0_1(history_dir: Path) -> dict[str, list[Result]]:
    """All results that are stored in the old form, by refresh."""
    paths = (history_dir / "check_results").glob("*.parquet")
    return {
        path.stem: sorted(result_of(row) for row in pq.read_table(path).to_pylist())
        for path in paths
    }


def asked(history_dir: Path, record: RefreshRecord) -> list[Result]:
    """The results of a refresh, in plain Python: the view has a dbt unit test of its own."""
    at = record.refresh_number
    return sorted(
        result_of(row)
        for row in pq.read_table(check_results_path(history_dir)).to_pylist()
        if row["since_refresh"] <= at
        and (row["until_refresh"] is None or at < row["until_refresh"])
        and row["delivered_on"] <= record.as_of
    )


def result_of(row: dict[str, Any]) -> Result:
    names = ("rule", "delivered_on", "rows_checked", "rows_failed", "status")
    return tuple(row[name] for name in names)

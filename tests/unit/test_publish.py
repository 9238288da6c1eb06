"""Publication: whole or not at all, and never in a reader's way."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import duckdb
import pytest

from warehouse.publish import (
    candidate_path,
    mart_digests,
    point_published_at,
    publish,
    remove_leftovers,
    remove_old_releases,
    store,
)


def make_candidate(releases_dir: Path, value: int) -> Path:
    """A candidate with one mart of one row."""
    releases_dir.mkdir(parents=True, exist_ok=True)
    path = candidate_path(releases_dir)
    with duckdb.connect(path) as connection:
        connection.execute("create schema study")
        connection.execute("create table study.cohort as select ? as n", [value])
    return path


def read_value(path: Path) -> int:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute("select n from study.cohort").fetchall()[0][0]


def test_a_published_release_is_read_only_and_stands_under_both_names(tmp_path: Path) -> None:
    published = tmp_path / "warehouse.duckdb"
    candidate = make_candidate(tmp_path / "releases", 1)

    release = publish(candidate, "20220601T020000Z", published)

    assert release == tmp_path / "releases" / "20220601T020000Z.duckdb"
    assert stat.S_IMODE(release.stat().st_mode) == 0o444
    assert published.stat().st_ino == release.stat().st_ino
    assert read_value(published) == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "20220601T020000Z.duckdb",
        "releases",
        "warehouse.duckdb",
    ]


def test_whom_the_umask_keeps_out_cannot_read_a_release(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        candidate = make_candidate(tmp_path / "releases", 1)
    finally:
        os.umask(before)
    release = publish(candidate, "20220601T020000Z", tmp_path / "warehouse.duckdb")
    assert stat.S_IMODE(release.stat().st_mode) == 0o440


def test_a_reader_keeps_its_release_while_the_next_one_is_published(tmp_path: Path) -> None:
    published = tmp_path / "warehouse.duckdb"
    publish(make_candidate(tmp_path / "releases", 1), "20220601T020000Z", published)
    with duckdb.connect(published, read_only=True) as reader:
        publish(
            make_candidate(tmp_path / "releases", 2),
            "20220602T020000Z",
            published,
        )
        assert reader.execute("select n from study.cohort").fetchall() == [(1,)]
    assert read_value(published) == 2


def test_a_failed_swap_leaves_the_last_release(tmp_path: Path) -> None:
    published = tmp_path / "warehouse.duckdb"
    publish(make_candidate(tmp_path / "releases", 1), "20220601T020000Z", published)
    broken = candidate_path(tmp_path / "releases")
    broken.write_bytes(b"this is no database")

    with pytest.raises(duckdb.IOException):
        publish(broken, "20220602T020000Z", published)

    assert read_value(published) == 1


def test_leftovers_go_and_releases_stay(tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    published = tmp_path / "warehouse.duckdb"
    publish(make_candidate(releases, 1), "20220601T020000Z", published)
    make_candidate(releases, 2)

    remove_leftovers(releases)

    assert [path.name for path in releases.iterdir()] == ["20220601T020000Z.duckdb"]


def test_only_the_newest_releases_are_kept(tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    published = tmp_path / "warehouse.duckdb"
    names = ["20220601T020000Z", "20220602T020000Z-2", "20220602T020000Z-10"]
    paths = [
        publish(make_candidate(releases, value), name, published)
        for value, name in enumerate(names)
    ]

    removed = remove_old_releases(paths, 2, published)

    assert [path.name for path in removed] == ["20220601T020000Z.duckdb"]
    assert {path.stem for path in releases.iterdir()} == set(names[1:])
    assert read_value(published) == 2


def test_the_current_release_stays_however_old_it_is(tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    published = tmp_path / "warehouse.duckdb"
    paths = [
        publish(make_candidate(releases, value), name, published)
        for value, name in enumerate(["20220601T020000Z", "20220602T020000Z", "20220603T020000Z"])
    ]
    point_published_at(releases / "20220601T020000Z.duckdb", published)

    removed = remove_old_releases(paths, 1, published)

    assert [path.name for path in removed] == ["20220602T020000Z.duckdb"]
    assert read_value(published) == 0


def test_days_in_the_past_do_not_drive_out_the_nightly_releases(tmp_path: Path) -> None:
    releases = tmp_path / "releases"
    published = tmp_path / "warehouse.duckdb"
    paths = [
        publish(make_candidate(releases, 1), "20220601T020000Z", published),
        *(
            store(make_candidate(releases, value), name)
            for value, name in enumerate(["20220602T020000Z", "20220603T020000Z"])
        ),
    ]
    past_days = {"20220602T020000Z.duckdb", "20220603T020000Z.duckdb"}

    removed = remove_old_releases(paths, 1, published, past_days)

    assert [path.name for path in removed] == ["20220602T020000Z.duckdb"]
    assert read_value(published) == 1


def test_digests_depend_on_content_and_not_on_the_order_of_rows(tmp_path: Path) -> None:
    digests = []
    for name, query in {
        "a": "select unnest([1, 2, 2]) as n",
        "b": "select unnest([2, 1, 2]) as n",
        "c": "select unnest([1, 1, 2]) as n",
    }.items():
        path = tmp_path / f"{name}.duckdb"
        with duckdb.connect(path) as connection:
            connection.execute("create schema study")
            connection.execute("create schema ops")
            connection.execute(f"create table study.t as {query}")
            connection.execute("create table ops.t as select now() as at")
        digests.append(mart_digests(path, ("study",)))

    assert list(digests[0]) == ["study.t"]
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]

"""The manifests of a log are found in the same time however long it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

import pytest

from warehouse.landing import log_index
from warehouse.landing.entries import content_of
from warehouse.landing.log_index import LogIndex
from warehouse.landing.manifest import Manifest, file_id

FIRST_DAY = date(2024, 1, 1)


def manifest(
    day: int, name: str, content: str, site: str = "a", status: str = "landed"
) -> Manifest:
    delivered_on = FIRST_DAY + timedelta(days=day)
    source_file = f"{site}/{delivered_on}/{name}"
    return Manifest(
        file_id=file_id(source_file, content), site=site, delivered_on=delivered_on,
        extract="imaging", source_file=source_file, file_sha256=content, size_bytes=1, mode="delta",
        status=status, contract_sha256="", secret_fingerprint="", landed_at="",
    )  # fmt: skip


def ids(manifests: Iterable[Manifest]) -> list[str]:
    return sorted(entry.file_id for entry in manifests)


def test_the_file_before_is_the_newest_of_its_name_or_else_of_its_series() -> None:
    index = LogIndex([
        manifest(1, "imaging_mri.csv", "1"), manifest(2, "imaging.csv", "2"),
        manifest(3, "imaging_1.csv", "3", status="rejected"), manifest(3, "imaging.csv", "4", "b"),
        manifest(5, "imaging.csv", "5"),
    ])  # fmt: skip
    before = {
        name: found.file_sha256 if (found := index.before(manifest(4, name, content))) else None
        for name, content in (
            ("imaging_2024-01-05.csv", "x"), ("imaging_mri_7.csv", "x"), ("imaging_ct.csv", "x"),
            ("imaging.csv", "2"),
        )
    }  # fmt: skip
    assert before == {
        "imaging_2024-01-05.csv": "2",
        "imaging_mri_7.csv": "1",
        "imaging_ct.csv": "2",
        "imaging.csv": "1",  # its content was there before: it is the file itself, moved
    }
    assert index.before(manifest(1, "imaging.csv", "x")) is None


def test_whatever_is_added_and_removed_it_finds_what_a_look_at_all_finds() -> None:
    random, index, plain = Random(6), LogIndex(), dict[str, Manifest]()
    for _ in range(400):
        name = random.choice(("imaging.csv", "imaging_2.csv", "imaging_mri.csv"))
        status = random.choice(("landed", "landed", "duplicate", "rejected"))
        entry = manifest(random.randrange(9), name, str(random.randrange(9)), status=status)
        if random.random() < 0.3 and plain:
            gone = random.choice(list(plain.values()))
            index.remove(gone)
            del plain[gone.file_id]
        index.add(entry)
        plain[entry.file_id] = entry
        asked = manifest(random.randrange(9), name, str(random.randrange(9)))
        others = [other for other in plain.values() if content_of(other) != content_of(asked)]
        earlier = [
            other for other in others if other.status == "landed" and other.order < asked.order
        ]
        is_mri = "mri" in name
        newest = max(
            ((("mri" in other.source_file) == is_mri, other.order) for other in earlier),
            default=None,
        )
        found = index.before(asked)
        assert (found and found.order) == (newest and newest[1])
        assert ids(index) == ids(plain.values())
        same_place = [row for row in plain.values() if row.source_file == asked.source_file]
        assert ids(index.at_place(asked.source_file)) == ids(same_place)
        same_content = [row for row in plain.values() if content_of(row) == content_of(asked)]
        assert ids(index.of_content(content_of(asked))) == ids(same_content)


def test_two_thousand_files_cost_twenty_times_what_a_hundred_cost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Counted in manifests that are looked at. Each look at all of them would be 400 times."""
    looks = 0

    def counted(entry: Manifest) -> tuple[str | None, ...]:
        nonlocal looks
        looks += 1
        return content_of(entry)

    monkeypatch.setattr(log_index, "content_of", counted)

    def looks_at(n_files: int) -> int:
        nonlocal looks
        looks, index = 0, LogIndex()
        for day in range(n_files):
            entry = manifest(day, "imaging.csv", str(day))
            index.before(entry)
            index.add(entry)
            assert index.at_place(entry.source_file) == [entry]
            assert index.of_content(content_of(entry)) == [entry]
        return looks

    assert looks_at(2_000) < 21 * looks_at(100)

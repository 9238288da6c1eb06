"""Damage is noticed: each bit of what is written counts (invented rows)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support.golden import golden
from tests.support.landing_tools import DAY, FOLLOWUPS, Registry
from warehouse.definitions.dictionary import dictionary
from warehouse.digests import (
    DIFFERS,
    MISSING,
    BrokenSealError,
    digests_beside,
    file_digest,
    keeping,
    sealed,
    unsealed,
)
from warehouse.landing.manifest import read_log
from warehouse.settings import Settings
from warehouse.work_database import DamagedLogError, load_landed

GOLDEN = golden("digests")

CSV = f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n"
LATER = "site_a/2021-04-05"


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    """One landed delivery."""
    registry = Registry(data_settings)
    registry.put(CSV)
    registry.land()
    return registry


def flip(path: Path, bit: int | None = None) -> None:
    """Turn one bit of a file over; without ``bit``, one in its middle."""
    content = bytearray(path.read_bytes())
    bit = 4 * len(content) if bit is None else bit
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def load(registry: Registry) -> list[int]:
    """The mRS of all follow-ups, as a refresh loads them."""
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        load_landed(connection, registry.settings.landed_dir, dictionary(), date(2022, 1, 1))
        return [mrs for (mrs,) in connection.table("raw.followups").select("mrs").fetchall()]


def edit(path: Path) -> None:
    """Change the mRS of all landed rows by hand, in a file that can be read as before."""
    other = path.with_suffix(".edited")
    duckdb.read_parquet(str(path)).select("* replace (0 as mrs)").write_parquet(str(other))
    other.replace(path)


def test_each_bit_of_a_sealed_document_counts() -> None:
    document = {"digests": {"rows": "ab"}, "title": "männlich", "n": [1, 2]}
    content = sealed(json.dumps(document, indent=1, ensure_ascii=False))
    assert unsealed(content) == document
    assert json.loads(content).keys() == {*document, "sha256"}
    for bit in range(8 * len(content)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError):
            unsealed(bytes(changed))


def test_a_document_that_lost_its_seal_is_none_of_an_earlier_version() -> None:
    assert unsealed(b'{"n": 1}') == {"n": 1}
    with pytest.raises(BrokenSealError):
        unsealed(b'{"n": 1, "digests": {}}')


@pytest.mark.parametrize("folder", ["followups", "violations", "files"])
def test_what_is_damaged_is_landed_again_from_its_raw_file(registry: Registry, folder: str) -> None:
    [path] = (path for path in (registry.settings.landed_dir / folder).rglob("*.*"))
    written = file_digest(path)
    edit(path) if folder == "followups" else flip(path)
    report = registry.land()
    assert [file.status for file in report.files] == ["landed"]
    place = path.relative_to(registry.settings.data).as_posix()
    assert report.repaired == (
        GOLDEN("it_was_made_again_from_followups", place=place, differs=DIFFERS, day=DAY),
    )
    if folder != "files":  # its time of landing is another one
        assert file_digest(path) == written
    assert load(registry) == [2]
    assert registry.land().files == ()


def test_what_is_damaged_without_its_raw_file_is_refused(registry: Registry) -> None:
    raw = registry.settings.raw_dir / DAY / "followups.csv"
    content = raw.read_bytes()
    raw.unlink()
    [path] = (registry.settings.landed_dir / "followups").rglob("*.parquet")
    edit(path)
    registry.land()
    with pytest.raises(DamagedLogError) as refused:
        load(registry)
    assert str(refused.value) == (
        GOLDEN("of_the_landed_files_these_are", path=path, differs=DIFFERS, day=DAY)
    )
    path.unlink()
    with pytest.raises(DamagedLogError, match=MISSING):
        load(registry)
    raw.write_bytes(content)
    registry.land()
    assert load(registry) == [2]


def test_a_log_of_an_earlier_version_gets_its_digests_once(registry: Registry) -> None:
    """Also where one of its files could not be read any more by then."""
    registry.put(CSV.replace("P1", "P2"), day=LATER)
    registry.land()
    landed_dir = registry.settings.landed_dir
    for path in (landed_dir / "files").rglob("*.json"):
        former = json.loads(path.read_text())
        del former["digests"], former["sha256"]
        path.write_text(json.dumps(former, indent=1))
    unreadable = next((landed_dir / "followups" / "site=site_a").glob("*2021-04-05/*.parquet"))
    unreadable.write_bytes(b"PAR1")
    registry.messages.clear()
    report = registry.land()
    assert registry.messages[0] == (GOLDEN("digests_made_of_landed_files_once"))
    assert [file.source_file for file in report.files] == [f"{LATER}/followups.csv"]
    assert all(entry.digests for entry in read_log(landed_dir).values())
    registry.messages.clear()
    registry.land()
    assert (load(registry), registry.messages) == ([2, 2], [])


def test_a_file_that_is_replaced_is_one_of_two_at_any_moment(tmp_path: Path) -> None:
    path = tmp_path / "violations.parquet"
    digests = []
    for content in (b"first", b"second", b"third"):
        before = path.read_bytes() if path.exists() else None
        with keeping(path) as partial:
            partial.write_bytes(content)
        digests.append(file_digest(path))
        after = path.read_bytes()
        if before is not None:  # killed between the note and the rename
            path.write_bytes(before)
            assert file_digest(path) in digests_beside(path)
            path.write_bytes(after)
    assert digests_beside(path) == digests[:0:-1]

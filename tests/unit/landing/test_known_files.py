"""A raw file that has not changed is not read again; whatever changes is (invented content)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warehouse.landing import known_files
from warehouse.landing.known_files import KnownFiles
from warehouse.landing.limits import Limits

LIMITS = Limits(file_mb=100, memory_mb=100, seconds=10)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read."""
    names: list[str] = []
    file_sha256 = known_files.file_sha256

    def noted(path: Path) -> str:
        names.append(path.name)
        return file_sha256(path)

    monkeypatch.setattr(known_files, "file_sha256", noted)
    return names


def digests(folder: Path, *, settled: float = -9, read_all: bool = False) -> dict[str, str]:
    """The digests of all raw files, as a run of landing asks for them."""
    known = KnownFiles(
        folder / "known.json", folder / "raw", read_all=read_all, settled_seconds=settled
    )
    found = {
        path.name: known.digests(path, LIMITS).file for path in sorted((folder / "raw").iterdir())
    }
    known.store(only_these=True)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "raw").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "raw" / name).write_text(name)
    return tmp_path


def test_only_what_changed_is_read_again(folder: Path, read: list[str]) -> None:
    before = digests(folder)
    path = folder / "raw" / "b.csv"
    times = path.stat()
    path.write_text("c.csv")  # the same size, and the same time of the content
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = digests(folder)
    assert read == ["a.csv", "b.csv", "b.csv"]
    assert (after["a.csv"] == before["a.csv"], after["b.csv"] == before["b.csv"]) == (True, False)
    assert digests(folder) == after
    assert len(read) == 3


def test_a_file_that_was_just_written_is_read_again(folder: Path, read: list[str]) -> None:
    digests(folder, settled=2)
    digests(folder, settled=2)
    assert read == ["a.csv", "b.csv"] * 2


def test_a_damaged_memory_is_none_and_full_reads_all(folder: Path, read: list[str]) -> None:
    digests(folder)
    memory = folder / "known.json"
    memory.write_bytes(memory.read_bytes().replace(b"a", b"b"))
    digests(folder)
    digests(folder, read_all=True)
    assert read == ["a.csv", "b.csv"] * 3
    assert digests(folder) == digests(folder)
    assert len(read) == 6

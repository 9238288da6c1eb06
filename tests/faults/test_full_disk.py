"""A full or read-only disk in each step: the last release survives, and words say what to do."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import nights
from tests.faults.processes import Reported, done, run
from tests.faults.soundness import answer, leftovers, require_sound
from tests.support.golden import golden
from warehouse.history import read_records
from warehouse.settings import Settings

GOLDEN = golden("full_disk")

ROOM = r"needs about [\d,]+ MB below {data}, where [\d,]+ MB are free"
SMALL_DISK_MB = 96
SHORT_STEPS = ("land", "build", "publish")


def test_no_file_may_grow(installation: Settings, full: bool) -> None:
    """By a limit of the process, which every library meets as it meets a full disk."""
    for step in nights.STEPS if full else SHORT_STEPS:
        before = answer(installation.published_path)
        reported = run(
            nights.refresh_on_limited_disk, installation.data, step, nights.no_file_grows
        )
        _require_reported(installation, reported, step, before)
    _require_corrected(installation)


@pytest.mark.full_counts
def test_a_full_file_system(installation: Settings, small_disk: Path) -> None:
    """On a real, small file system, which only root can make."""
    for step in nights.STEPS:
        data = small_disk / "data"
        shutil.copytree(installation.data, data)
        settings = Settings(data=data)
        before = answer(settings.published_path)
        reported = run(nights.refresh_on_limited_disk, data, step, nights.fill_disk)
        _require_reported(settings, reported, step, before)
        (data / "ballast").unlink()
        _require_corrected(settings)
        shutil.rmtree(data)


def test_a_folder_that_must_not_be_written_to(installation: Settings) -> None:
    """The last release can still be read, and the message names the folder."""
    before = answer(installation.published_path)
    reported = run(
        nights.refresh_on_limited_disk, installation.data, "check", nights.make_read_only
    )
    assert (reported.exit_code, reported.traceback) == (1, "")
    assert GOLDEN("refresh_writes_below", data=installation.data) in reported.message
    assert GOLDEN("cannot_be_written_to") in reported.message
    assert answer(installation.published_path) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    folder = tmp_path / "small_disk"
    folder.mkdir()
    size = f"size={SMALL_DISK_MB}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def _require_reported(
    settings: Settings, reported: Reported, step: str, before: tuple[object, ...]
) -> None:
    """The release before a failed publication, the new one after it; and a clear message."""
    assert reported.traceback == ""
    assert re.search(ROOM.replace("{data}", re.escape(str(settings.data))), reported.message), (
        reported
    )
    if step == "report":
        assert reported.exit_code == 4
        assert answer(settings.published_path) != before
    else:
        assert reported.exit_code == 1
        assert answer(settings.published_path) == before
    require_sound(settings)


def _require_corrected(settings: Settings) -> None:
    """With room again the next refresh does all that is to be done."""
    done(nights.refresh, settings.data)
    require_sound(settings)
    assert leftovers(settings) == []
    assert _status(settings) == "published"


def _status(settings: Settings) -> str:
    return read_records(settings.history_dir)[-1].status

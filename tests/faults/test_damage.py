"""Single bits turned over in what a real refresh left: refused or repaired, never published."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.faults import nights
from tests.faults.processes import done, run
from tests.faults.soundness import digests, log_content, require_sound
from warehouse.definitions.dictionary import dictionary
from warehouse.errors import WarehouseError
from warehouse.history import RefreshRecord, files_of_refreshes, kept_paths, utc_now
from warehouse.landing import land
from warehouse.refresh.missing_files import require_rows
from warehouse.refresh.recovery import clean_up_after_crash
from warehouse.settings import Settings
from warehouse.status import Level, read_status
from warehouse.work_database import load_history, load_landed

SEED, FLIPS = 15, 15


class StatusError(Exception):
    """What ``warehouse status`` says is critical."""


def test_each_flip_is_refused_by_the_steps_that_read(installation: Settings) -> None:
    """Without raw files nothing can be repaired; what was refused is sound again after its cure."""
    settings = installation
    one_published_file(settings)
    shutil.move(settings.raw_dir, settings.data / "elsewhere")
    read(settings)
    choices = random.Random(SEED)
    folders = [landed_files(settings), history_files(settings), release_files(settings)]
    for number in range(FLIPS):
        path = choices.choice(folders[number % len(folders)])
        content = flip(path, choices)
        with pytest.raises((WarehouseError, StatusError)) as refused:
            read(settings)
        assert path.stem in str(refused.value), path
        path.write_bytes(content)
    read(settings)


def test_what_can_be_landed_again_is_and_the_night_goes_on(
    installation: Settings, tmp_path: Path, full: bool
) -> None:
    """Landing (a whole refresh with FULL=1) repairs it."""
    undisturbed = Settings(data=tmp_path / "undisturbed" / "data")
    shutil.copytree(installation.data, undisturbed.data)
    done(nights.land_only, undisturbed.data)
    choices = random.Random(SEED)
    damaged = choices.sample(landed_files(installation), 8)
    for path in damaged:
        flip(path, choices)
    done(nights.refresh if full else nights.land_only, installation.data)
    require_sound(installation)
    assert without_moments(log_content(installation)) == without_moments(log_content(undisturbed))


def test_each_flip_goes_through_a_whole_refresh(installation: Settings, full: bool) -> None:
    """A refresh of its own for each: it refuses and changes nothing, or repairs; it says so."""
    one_published_file(installation)
    choices = random.Random(SEED)
    raw, elsewhere = installation.raw_dir, installation.data / "elsewhere"
    for kind in FLIPPED if full else FLIPPED[:3]:
        before = digests(installation)
        path = choices.choice(FILES[kind](installation))
        content = flip(path, choices)
        if kind == "landed alone":
            raw.rename(elsewhere)
        reported = run(nights.refresh_and_name, installation.data)
        assert reported.traceback == "", path
        if kind in REFUSED:
            assert (reported.exit_code, path.name in reported.message) == (1, True), (
                path,
                reported.message,
            )
        else:
            assert reported.exit_code == 0, (path, reported.message)
            assert any(path.stem in line for line in reported.result), (path, reported.result)
        if kind != "landed":
            path.write_bytes(content)
        if kind != "release":  # the first of these refreshes brings the last delivery
            assert digests(installation) == before
        require_sound(installation)
        if elsewhere.exists():
            elsewhere.rename(raw)


def read(settings: Settings) -> None:
    """What a refresh reads before it builds, and what a person reads of it."""
    clean_up_after_crash(settings)
    land(settings, progress=lambda _: None)
    now = utc_now()
    require_rows(settings, now.date(), ())
    record = RefreshRecord("20991231T000000Z", now, now.date())
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        load_landed(connection, settings.landed_dir, dictionary(), record.as_of)
        load_history(connection, settings.history_dir, record)
    status = read_status(settings)
    if status.level is Level.CRITICAL:
        raise StatusError(status.line)


def one_published_file(settings: Settings) -> None:
    """Link the published name to its release: a copy of a folder has two files there."""
    settings.published_path.unlink()
    (release,) = release_files(settings)
    settings.published_path.hardlink_to(release)


def landed_files(settings: Settings) -> list[Path]:
    return sorted(path for path in settings.landed_dir.rglob("*.*") if path.is_file())


def history_files(settings: Settings) -> list[Path]:
    records = files_of_refreshes(settings.history_dir / "refreshes", ".json")
    return [*records, *(path for path in kept_paths(settings.history_dir) if path.exists())]


def release_files(settings: Settings) -> list[Path]:
    return files_of_refreshes(settings.releases_dir, ".duckdb")


def current_release_file(settings: Settings) -> list[Path]:
    return [path for path in release_files(settings) if path.samefile(settings.published_path)]


# Fifteen flips. Without its raw file, what was landed cannot be repaired.
REFUSED = ("landed alone", "history")
FLIPPED = (*REFUSED, "release", "landed", *5 * REFUSED, "release")
FILES = {
    "landed": landed_files,
    "landed alone": landed_files,
    "history": history_files,
    "release": current_release_file,
}


def flip(path: Path, choices: random.Random) -> bytes:
    """Turn a bit over; returns what the file held."""
    content = path.read_bytes()
    changed = bytearray(content)
    bit = choices.randrange(8 * len(content))
    changed[bit // 8] ^= 1 << bit % 8
    path.chmod(0o644)
    path.write_bytes(changed)
    return content


def without_moments(content: dict[str, object]) -> str:
    return json.dumps(content, default=repr, sort_keys=True)

"""A clock that jumps, and files that are still being copied in."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from tests.faults import nights
from tests.faults.processes import Running, done
from tests.faults.soundness import answer, leftovers, require_sound
from warehouse.history import read_records, record_path, utc_now, write_record
from warehouse.landing import LandingReport, land
from warehouse.landing.file_stability import STILL_GROWING
from warehouse.publish import is_published
from warehouse.settings import Settings

HEADER = "patient_id,assessed_on,mode,mrs,lost_to_followup\n"
ROW = "P{0},2022-01-01,telephone,1,no\n"


def test_a_night_with_the_clock_ahead(installation: Settings) -> None:
    """The next refresh, when the clock is right, is the newest and is published."""
    _move_history(installation, timedelta(days=30))
    [ahead] = read_records(installation.history_dir)
    done(nights.refresh, installation.data)
    newest = read_records(installation.history_dir)[-1]
    assert newest.refresh_number == ahead.refresh_number + 1
    assert newest.refresh_id < ahead.refresh_id
    release = installation.releases_dir / str(newest.release)
    assert is_published(release, installation.published_path)
    assert answer(installation.published_path)[-1] == newest.release
    require_sound(installation)
    assert leftovers(installation) == []


def test_a_file_that_is_still_being_copied_waits(tmp_path: Path) -> None:
    """Landed when it no longer grows, with all of its rows; the file beside it lands at once."""
    settings = Settings(data=tmp_path / "data", landing_settle_seconds=1)
    folder = settings.raw_dir / "site_a" / "2022-01-01"
    folder.mkdir(parents=True)
    (folder / "followups_small.csv").write_text(HEADER + ROW.format("x"), encoding="utf-8")
    copy = Running(_copy_slowly, settings.data, folder / "followups_z_large.csv", 40)
    assert copy.wait_for("copying")
    first = _landed(settings)
    assert [(left.source_file, left.reason) for left in first.skipped] == [
        ("site_a/2022-01-01/followups_z_large.csv", STILL_GROWING)
    ]
    assert [(file.source_file, file.rows_landed) for file in first.files] == [
        ("site_a/2022-01-01/followups_small.csv", 1)
    ]
    assert copy.end().traceback == ""
    assert [(file.rows_landed, file.rows_unreadable) for file in _landed(settings).files] == [
        (40, 0)
    ]


def test_a_file_that_is_rewritten_again_and_again_is_never_half_read(tmp_path: Path) -> None:
    """Whatever the moment: one of its contents as a whole, or none."""
    settings = Settings(data=tmp_path / "data", landing_settle_seconds=0)
    path = settings.raw_dir / "site_a" / "2022-01-01" / "followups.csv"
    path.parent.mkdir(parents=True)
    stop = tmp_path / "stop"
    writer = Running(_rewrite, settings.data, path, stop)
    assert writer.wait_for("writing")
    outcomes = set()
    for _ in range(30):
        for file in _landed(settings).files:
            outcomes.add((file.status, file.rows_landed, file.rows_unreadable))
    stop.touch()
    assert writer.end().traceback == ""
    _landed(settings)
    assert outcomes <= {("landed", 500, 0), ("landed", 900, 0)}


def _copy_slowly(_settings: Settings, path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as handle:
        handle.write(HEADER)
        handle.flush()
        nights.log.info("copying")
        for number in range(rows):
            handle.write(ROW.format(number))
            handle.flush()
            time.sleep(0.1)


def _rewrite(_settings: Settings, path: Path, stop: Path) -> None:
    """Put other contents into place by renaming, as a careful sender does."""
    nights.log.info("writing")
    for number in range(1_000_000):
        rows = 500 if number % 2 else 900
        text = HEADER + "".join(ROW.format(row) for row in range(rows))
        hidden = path.with_name(".coming")
        hidden.write_text(text, encoding="utf-8")
        hidden.replace(path)
        if stop.exists():
            return


def _landed(settings: Settings) -> LandingReport:
    return land(settings, progress=lambda _: None)


def _move_history(settings: Settings, ahead: timedelta) -> None:
    """Let the last refresh have been at another time."""
    [record] = read_records(settings.history_dir)
    started = (utc_now() + ahead).replace(microsecond=0)
    assert isinstance(started, datetime)
    refresh_id = started.strftime("%Y%m%dT%H%M%SZ")
    release = settings.releases_dir / f"{refresh_id}.duckdb"
    (settings.releases_dir / str(record.release)).rename(release)
    record_path(settings.history_dir, record.refresh_id).unlink()
    moved = replace(record, refresh_id=refresh_id, started_at=started, release=release.name)
    write_record(settings.history_dir, moved)

"""Two refreshes at once: one works, the other says who does, since when, and exits with 3."""

from __future__ import annotations

import os
import re
import signal
import time
from multiprocessing.connection import wait
from pathlib import Path

from tests.faults import nights
from tests.faults.processes import GIVE_UP_SECONDS, Reported, Running, done, run
from tests.faults.soundness import leftovers, require_sound
from warehouse.history import read_records
from warehouse.settings import Settings

PAIRS, SHORT_PAIRS = 20, 1
LOCK_PAIRS, SHORT_LOCK_PAIRS = 20, 5
ALREADY_RUNNING = (
    r"error: A refresh is already running \(process {winner}, since "
    r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\)\. Only one can run at a time; this one did nothing\. "
    r"Wait until the other one ends, or stop it, and start again\."
)


def test_of_two_refreshes_one_works(installation: Settings, full: bool) -> None:
    for _ in range(PAIRS if full else SHORT_PAIRS):
        before = len(read_records(installation.history_dir))
        at = time.time() + 0.5
        pair = [Running(nights.refresh_at, installation.data, at) for _ in range(2)]
        _require_one_worked(pair)
        statuses = [record.status for record in read_records(installation.history_dir)]
        assert statuses[before:] == ["published"]
        require_sound(installation)
    assert leftovers(installation) == []


def test_the_lock_names_its_holder_however_close_they_start(
    data_settings: Settings, tmp_path: Path, full: bool
) -> None:
    """Also when the one before was killed and its name still stands in the file."""
    for number in range(LOCK_PAIRS if full else SHORT_LOCK_PAIRS):
        at, enough = time.time() + 0.1, tmp_path / f"enough_{number}"
        pair = [Running(nights.hold_lock, data_settings.data, at, enough) for _ in range(2)]
        assert wait([running.process.sentinel for running in pair], GIVE_UP_SECONDS)
        enough.touch()
        winner = _require_one_worked(pair)
        lock = data_settings.state_dir / "refresh.lock"
        assert lock.read_text() == ""
        lock.write_text(f'{{"process": {winner}, "since": "2001-01-01 00:00:00 UTC"}}')


def test_one_that_hangs_keeps_the_lock_until_it_is_killed(
    data_settings: Settings, tmp_path: Path
) -> None:
    hanging = Running(nights.hold_lock, data_settings.data, 0.0, tmp_path / "never")
    assert hanging.wait_for("held")
    assert hanging.process.pid
    os.kill(hanging.process.pid, signal.SIGSTOP)
    refused = run(nights.hold_lock, data_settings.data, 0.0, tmp_path)
    assert refused.exit_code == 3
    assert re.fullmatch(_already_running(hanging.process.pid), refused.message)
    assert hanging.kill()
    done(nights.hold_lock, data_settings.data, 0.0, tmp_path)


def _require_one_worked(pair: list[Running]) -> int:
    """Returns the process that did."""
    reported: list[Reported] = [running.end() for running in pair]
    assert [end.traceback for end in reported] == ["", ""]
    assert sorted(end.exit_code for end in reported) == [0, 3]
    loser = next(number for number, end in enumerate(reported) if end.exit_code == 3)
    winner = pair[1 - loser].process.pid or 0
    assert re.fullmatch(_already_running(winner), reported[loser].message)
    return winner


def _already_running(process: int) -> str:
    return ALREADY_RUNNING.replace("{winner}", str(process))

"""One refresh at a time, also after a holder was killed."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.support.started import started
from warehouse.lock import (
    ACQUIRE_TIMEOUT_SECONDS,
    AlreadyRunningError,
    is_refresh_running,
    lock_path,
    refresh_lock,
)
from warehouse.settings import Settings

HOLDER = """
import sys
from pathlib import Path
from warehouse.lock import refresh_lock
with refresh_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_refresh_names_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "state" / "refresh.lock"
    with refresh_lock(path), pytest.raises(AlreadyRunningError) as refused, refresh_lock(path):
        pass
    assert f"process {os.getpid()}, since " in str(refused.value)
    assert refused.value.exit_code == 3


def test_a_killed_holder_is_not_named_for_the_one_that_has_just_taken_the_lock(
    tmp_path: Path,
) -> None:
    """The new holder has the lock and has not yet written its name over the dead one's."""
    path = tmp_path / "refresh.lock"
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    path.write_text(f'{{"process": {ended.pid}, "since": "2001-01-01 00:00:00 UTC"}}')
    with path.open("a+", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        mine = f'{{"process": {os.getpid()}, "since": "2026-01-01 00:00:00 UTC"}}'
        written_after = ACQUIRE_TIMEOUT_SECONDS + 0.2
        name_written = threading.Timer(written_after, path.write_text, [mine])
        name_written.start()
        with pytest.raises(AlreadyRunningError) as refused, refresh_lock(path):
            pass
        name_written.join()
    assert f"process {os.getpid()}, since 2026-01-01" in str(refused.value)


def test_the_lock_is_free_after_its_holder_ends(tmp_path: Path) -> None:
    path = tmp_path / "refresh.lock"
    with refresh_lock(path):
        pass
    with refresh_lock(path):
        pass


def test_the_lock_is_free_at_once_after_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "refresh.lock"
    with started(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunningError, match=f"process {holder.pid}"), refresh_lock(path):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with refresh_lock(path):
            pass


def test_looking_whether_a_refresh_runs_keeps_none_away(data_settings: Settings) -> None:
    """A monitoring system looks at the second at which the refresh of the night begins."""
    path = lock_path(data_settings)
    with refresh_lock(path):
        assert is_refresh_running(data_settings)
    with path.open("rb") as look:
        fcntl.flock(look, fcntl.LOCK_SH)
        over = threading.Timer(0.1, fcntl.flock, [look, fcntl.LOCK_UN])
        over.start()
        with refresh_lock(path):
            over.join()


def test_a_user_who_may_only_read_may_ask_whether_a_refresh_runs(data_settings: Settings) -> None:
    with refresh_lock(lock_path(data_settings)):
        pass
    noted = lock_path(data_settings).stat().st_mtime_ns
    assert not is_refresh_running(data_settings)
    assert lock_path(data_settings).stat().st_mtime_ns == noted

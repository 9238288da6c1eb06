"""One refresh at a time, also after a holder was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.lock import AlreadyRunningError, refresh_lock

HOLDER = """
import sys
from pathlib import Path
from warehouse.lock import refresh_lock
with refresh_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_refresh_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "state" / "refresh.lock"
    with refresh_lock(path), pytest.raises(AlreadyRunningError) as refused, refresh_lock(path):
        pass
    assert f"process {os.getpid()}, since " in str(refused.value)
    assert refused.value.exit_code == 3


def test_the_lock_is_free_after_its_holder_ends(tmp_path: Path) -> None:
    path = tmp_path / "refresh.lock"
    with refresh_lock(path):
        pass
    with refresh_lock(path):
        pass


def test_the_lock_is_free_at_once_after_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "refresh.lock"
    with subprocess.Popen(
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

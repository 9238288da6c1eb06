"""The real command on a real Prefect server: killed, and started twice at once."""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.faults.soundness import digests, leftovers, log_content, require_sound
from tests.faults.test_kills import SEED
from tests.support.golden import golden
from warehouse.settings import Settings

GOLDEN = golden("commands")

WAREHOUSE = Path(sys.executable).with_name("warehouse")
KILLS = 5
PAIRS = 5
GIVE_UP_SECONDS = 180


@pytest.fixture
def served(installation: Settings) -> Iterator[Settings]:
    """The installation, with its own Prefect server on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = installation.model_copy(update={"server_port": port})
    log = (installation.data.parent / "server.txt").open("w")
    with log, subprocess.Popen([WAREHOUSE, "server"], env=_environment(settings), stdout=log,
                               stderr=log) as server:  # fmt: skip
        _wait_until_it_is_up(settings)
        yield settings
        for process in [
            *psutil.Process(server.pid).children(recursive=True),
            psutil.Process(server.pid),
        ]:
            process.terminate()


@pytest.mark.full_counts
def test_killed_commands_and_pairs_of_them(served: Settings) -> None:
    """The last of the refreshes leaves what one leaves that nothing happened to."""
    undisturbed = Settings(data=served.data.parent / "undisturbed")
    shutil.copytree(served.data, undisturbed.data, ignore=shutil.ignore_patterns("prefect"))
    started = time.monotonic()
    reported = _ended(_start(undisturbed.model_copy(update={"server_port": served.server_port})))
    seconds = time.monotonic() - started
    assert reported[0] == 0, reported
    moments = random.Random(SEED)
    for _ in range(KILLS):
        _kill_after(_start(served), moments.uniform(0.3, 0.9) * seconds)
        require_sound(served)
    for _ in range(PAIRS):
        pair = [_start(served), _start(served)]
        (first, second) = sorted(map(_ended, pair))
        assert (first[0], second[0]) == (0, 3), (first, second)
        assert re.search(GOLDEN("refresh_is_already_running_process_since"), second[1]), second
        assert "Traceback" not in first[1] + second[1]
    require_sound(served)
    assert leftovers(served) == []
    assert digests(served) == digests(undisturbed)
    assert log_content(served) == log_content(undisturbed)


def _start(settings: Settings) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [WAREHOUSE, "refresh"],
        env=_environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    stated, _ = process.communicate(timeout=GIVE_UP_SECONDS)
    return process.returncode, stated


def _kill_after(process: subprocess.Popen[str], seconds: float) -> None:
    """Kill it for good; what it began to run beside it ends by itself."""
    time.sleep(seconds)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    assert psutil.wait_procs(children, timeout=GIVE_UP_SECONDS)[1] == []


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "WAREHOUSE_DATA": str(settings.data),
        "WAREHOUSE_SERVER_PORT": str(settings.server_port),
    }


def _wait_until_it_is_up(settings: Settings) -> None:
    """It announces itself in the data folder then; its port takes connections before."""
    for _ in range(GIVE_UP_SECONDS):
        if (settings.state_dir / "server.json").exists():
            return
        time.sleep(1)
    raise AssertionError("the server does not come up")

"""Processes that end after the one that started them, whatever they do when they are asked to."""

from __future__ import annotations

import signal
import subprocess
import sys

from tests.support.started import started
from warehouse.lifeline import STARTED_BY_PIPE

DEAF = """
import signal, time
from warehouse import lifeline
lifeline.GRACE_SECONDS = 0.2
signal.signal(signal.SIGTERM, signal.SIG_IGN)
lifeline.{0}()
print("ready", flush=True)
time.sleep(600)
"""


def _ends(function: str, environment: dict[str, str]) -> int:
    """How a process ends that does not listen, once its starter is gone."""
    with started(
        [sys.executable, "-c", DEAF.format(function)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.stdin.close()
        return process.wait(60)


def test_a_process_that_does_not_listen_is_killed_after_its_starter() -> None:
    assert _ends("end_with_starter", {}) == -signal.SIGKILL


def test_the_end_of_a_process_does_not_wait_for_its_starter() -> None:
    """Prefect's engine closes its standard input when a run has ended."""
    code = "import sys; from warehouse.lifeline import end_with_starter; end_with_starter(); "
    with started(
        [sys.executable, "-c", code + "sys.stdin.close()"], stdin=subprocess.PIPE
    ) as process:
        assert process.wait(60) == 0


def test_a_run_of_a_worker_ends_after_it() -> None:
    """The worker says by the environment that it holds the other end of a pipe."""
    assert _ends("end_with_parent", {STARTED_BY_PIPE: "1"}) == -signal.SIGKILL

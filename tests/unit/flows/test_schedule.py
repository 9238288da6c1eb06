"""What the schedule ends when it ends itself."""

from __future__ import annotations

import subprocess
import sys
import time

import psutil

from warehouse.flows import schedule


def test_a_child_that_has_just_ended_is_none_of_the_running_refreshes() -> None:
    """The system keeps it until its parent asks, and has no command of it any more."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert schedule._running_refreshes() == []
    child.wait()

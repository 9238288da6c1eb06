"""What processes of these tests do: whole refreshes, landing alone, publication alone."""

from __future__ import annotations

import os
import shutil
import signal
from datetime import date
from pathlib import Path

from tests.faults.processes import FileCalls
from warehouse import refresh as steps
from warehouse.landing import land
from warehouse.refresh import refreshing
from warehouse.settings import Settings

STEPS = {
    "land": steps.land_deliveries,
    "check": steps.check_rows,
    "build": steps.build_marts,
    "audit": steps.audit_candidate,
    "publish": steps.publish_release,
    "report": steps.write_reports,
}


def refresh(settings: Settings, as_of: date | None = None) -> dict[str, float]:
    """A whole refresh; returns how long each step took."""
    with refreshing(settings, as_of) as work:
        for step in STEPS.values():
            step(work)
    return work.record.step_seconds


def prepare_candidate(settings: Settings, aside: Path) -> None:
    """A refresh that is killed when its candidate could be published; the candidate is kept."""
    with refreshing(settings) as work:
        for name in ("land", "check", "build", "audit"):
            STEPS[name](work)
        shutil.copy2(work.candidate, aside)
        os.kill(os.getpid(), signal.SIGKILL)


def publish_prepared(
    settings: Settings, prepared: Path, kill_before: int | None = None
) -> list[tuple[str, str]]:
    """Publish a candidate that was prepared; returns what was done to files."""
    calls = FileCalls(settings.data, kill_before)
    with refreshing(settings) as work:
        shutil.copy2(prepared, work.candidate)
        steps.publish_release(work)
    return calls.made


def land_only(settings: Settings, kill_before: int | None = None) -> list[tuple[str, str]]:
    """Land what was delivered; returns what was done to files."""
    calls = FileCalls(settings.data, kill_before)
    land(settings, progress=lambda _: None)
    return calls.made

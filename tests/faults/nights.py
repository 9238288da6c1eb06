"""What processes of these tests do: whole refreshes, landing alone, publication alone."""

from __future__ import annotations

import logging
import os
import resource
import shutil
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter, sleep, time
from typing import Any

import duckdb
import pyarrow.parquet as pq

from tests.faults.file_calls import Durability, FileCalls
from tests.faults.soundness import CONSISTENT, answer
from tests.support.privileges import obey_file_modes
from warehouse.landing import LandingReport, land
from warehouse.landing.manifest import Manifest, violations_path
from warehouse.landing.reland import reland
from warehouse.refresh import steps
from warehouse.refresh.context import refreshing
from warehouse.refresh.recovery import clean_up_after_crash
from warehouse.settings import Settings

log = logging.getLogger("warehouse.faults")
# Eight readers that never pause would leave the refresh that they read beside no processor.
PAUSE_SECONDS = 0.1
Landing = Callable[[Settings, int | None], list[tuple[str, str]]]
STEPS = {
    "land": steps.land_deliveries,
    "check": steps.check_rows,
    "build": steps.build_marts,
    "release gate": steps.pass_release_gate,
    "publish": steps.publish_release,
    "report": steps.write_reports,
}


def refresh(settings: Settings, as_of: date | None = None) -> dict[str, float]:
    """A whole refresh; returns how long each step took."""
    with refreshing(settings, as_of) as work:
        for step in STEPS.values():
            step(work)
    return {step.step: step.seconds for step in work.record.steps}


def refresh_and_name(settings: Settings) -> list[str]:
    """A whole refresh; returns what it says of damage that was repaired or replaced."""
    with refreshing(settings) as work:
        for step in STEPS.values():
            step(work)
    repaired = work.landing.repaired if work.landing else ()
    return [*repaired, *work.warnings]


def refresh_without_pages(settings: Settings) -> None:
    """A refresh up to the release that it publishes."""
    with refreshing(settings) as work:
        for name in ("land", "check", "build", "release gate", "publish"):
            STEPS[name](work)


def prepare_candidate(settings: Settings, aside: Path) -> None:
    """A refresh that is killed when its candidate could be published; the candidate is kept."""
    with refreshing(settings) as work:
        for name in ("land", "check", "build", "release gate"):
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
    """Land what was delivered, as a refresh begins; returns what was done to files."""
    calls = FileCalls(settings.data, kill_before)
    clean_up_after_crash(settings)
    land(settings, progress=lambda _: None)
    return calls.made


def land_all_again(settings: Settings, kill_before: int | None = None) -> list[tuple[str, str]]:
    """Land every delivery from its raw file again, as ``--full`` does."""
    calls = FileCalls(settings.data, kill_before)
    reland(settings, progress=lambda _: None)
    return calls.made


def publish_many(settings: Settings, prepared: list[Path], whole_refreshes: int) -> list[float]:
    """Publish prepared releases, and whole refreshes among them; returns seconds of each."""
    seconds = []
    every = max(1, len(prepared) // max(1, whole_refreshes))
    for number, path in enumerate(prepared):
        started = perf_counter()
        publish_prepared(settings, path)
        seconds.append(perf_counter() - started)
        if number % every == 0 and number // every < whole_refreshes:
            refresh(settings)
    return seconds


def read_in_a_loop(settings: Settings, stop: Path) -> dict[str, Any]:
    """Open the published path, ask and close, until told to stop."""
    answers: dict[tuple[Any, ...], int] = {}
    slowest = 0.0
    while not stop.exists():
        started = perf_counter()
        numbers = answer(settings.published_path)
        slowest = max(slowest, perf_counter() - started)
        answers[numbers] = answers.get(numbers, 0) + 1
        sleep(PAUSE_SECONDS)
    return {"answers": answers, "slowest_seconds": slowest}


def hold_open(settings: Settings, stop: Path) -> dict[str, Any]:
    """Ask the same connection again and again, until told to stop."""
    answers: dict[tuple[Any, ...], int] = {}
    started = perf_counter()
    with duckdb.connect(settings.published_path, read_only=True) as connection:
        log.info("open")
        while not stop.exists():
            numbers = connection.execute(CONSISTENT).fetchall()[0]
            answers[numbers] = answers.get(numbers, 0) + 1
            sleep(PAUSE_SECONDS)
    return {"answers": answers, "held_seconds": perf_counter() - started}


def refresh_at(settings: Settings, at: float) -> None:
    """A whole refresh that begins at a moment of ``time.time``."""
    sleep(max(0.0, at - time()))
    refresh(settings)


def hold_lock(settings: Settings, at: float, until: Path) -> None:
    """Take the lock as a refresh does, at a moment, and keep it until a file is there."""
    sleep(max(0.0, at - time()))
    with refreshing(settings):
        log.info("held")
        while not until.exists():
            sleep(PAUSE_SECONDS)


def refresh_on_limited_disk(settings: Settings, full_in: str, fill: Callable[[Path], None]) -> None:
    """A refresh to whose process something happens when a step begins."""
    with refreshing(settings) as work:
        for name, step in STEPS.items():
            if name == full_in:
                fill(settings.data)
            step(work)


def no_file_grows(_data: Path) -> None:
    """From now on this process may write no file beyond 512 bytes, as if a quota were used up."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))


def fill_disk(data: Path) -> None:
    """Use up what the (small) file system of the folder has left."""
    with (data / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(1 << 16))
        except OSError:
            pass


def make_read_only(data: Path) -> None:
    """Go on as a user who may read the data folder and not write to it."""
    for path in (data, *data.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    obey_file_modes()


def land_each(
    _settings: Settings, folders: list[Path], limits: dict[str, int]
) -> list[tuple[list[dict[str, Any]], list[str]]]:
    """Land data folders within limits; returns what became of their files, and what was said."""
    obey_file_modes()
    landed = []
    for folder in folders:
        stated: list[str] = []
        limited = Settings(data=folder, **limits)
        landed.append((_became(limited, land(limited, progress=stated.append)), stated))
    return landed


def refresh_limited(settings: Settings, limits: dict[str, int]) -> list[dict[str, Any]]:
    """A whole refresh within limits; returns what became of each file."""
    obey_file_modes()
    limited = settings.model_copy(update=limits)
    with refreshing(limited) as work:
        for step in STEPS.values():
            step(work)
        assert work.landing is not None
        return _became(limited, work.landing)


def _became(settings: Settings, report: LandingReport) -> list[dict[str, Any]]:
    found = {file.source_file: _found(settings, file) for file in report.files}
    left = {left.source_file: left.reason for left in report.skipped}
    return [
        *({"file": file, "left": reason} for file, reason in left.items() if file not in found),
        *found.values(),
    ]


def _found(settings: Settings, file: Manifest) -> dict[str, Any]:
    rules = pq.ParquetFile(violations_path(settings.landed_dir, file)).read(["rule"])
    return {
        "file": file.source_file,
        "status": file.status,
        "reason": file.reason,
        "rows": (file.rows_in_file, file.rows_landed, file.rows_unreadable),
        "rules": sorted(
            {rule.removeprefix("followups.") for rule in rules.column("rule").to_pylist()}
        ),
    }


def durable_refresh(settings: Settings) -> list[tuple[str, str]]:
    """A whole refresh; returns what was synced, renamed and made, in order."""
    calls = Durability(settings.data)
    refresh(settings)
    return calls.made

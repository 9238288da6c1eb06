"""What monitoring systems are told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from warehouse.history import RefreshRecord, utc_now, write_record
from warehouse.lock import lock_path, refresh_lock
from warehouse.settings import Settings
from warehouse.status import Level, read_status

COMMAND = str(Path(sys.executable).with_name("warehouse"))


def keep(settings: Settings, hours_ago: float, **changes: object) -> RefreshRecord:
    """A record of a refresh that began so long ago, and took a minute."""
    started_at = utc_now() - timedelta(hours=hours_ago)
    given = {
        "refresh_id": f"{started_at:%Y%m%dT%H%M%SZ}",
        "started_at": started_at,
        "finished_at": started_at + timedelta(minutes=1),
        "as_of": started_at.date(),
        "status": "published",
    }
    record = RefreshRecord(**(given | changes))
    write_record(settings.history_dir, record)
    return record


def test_a_young_release_is_well(data_settings: Settings) -> None:
    release = keep(data_settings, 5).refresh_id
    status = read_status(data_settings.model_copy(update={"disk_free_min_gib": 0}))
    assert status.level is Level.OK
    assert re.fullmatch(
        rf"WAREHOUSE OK: the last good release, {release}, is 5.0 h old \| "
        r"age_hours=4.98;;30 free_gib=[\d.]+;0: alerts_waiting=0;0",
        status.line,
    )


def test_no_release_and_an_old_one_are_critical(data_settings: Settings) -> None:
    data_settings.history_dir.mkdir(parents=True)
    assert read_status(data_settings).line.startswith("WAREHOUSE CRITICAL: there is no release | ")
    keep(data_settings, 31)
    status = read_status(data_settings)
    assert (status.level, status.is_late) == (Level.CRITICAL, True)
    assert "is 31.0 h old, more than the 30 h allowed" in status.line


def test_a_release_of_a_past_day_makes_nothing_younger(data_settings: Settings) -> None:
    keep(data_settings, 40)
    keep(data_settings, 1, as_of=date(2022, 6, 30))
    assert read_status(data_settings).is_late


def test_a_failure_after_the_last_release_is_a_warning_until_the_next(
    data_settings: Settings,
) -> None:
    keep(data_settings, 20)
    failed = keep(data_settings, 2, status="failed", reason="dbt failed |\nat: int_patients")
    status = read_status(data_settings)
    assert status.level is Level.WARNING
    said = f"the refresh of {failed.started_at} UTC: dbt failed / at: int_patients; the last good"
    assert said in status.line
    keep(data_settings, 1)
    assert read_status(data_settings).last_failure is None


def test_a_refresh_at_work_is_told_apart_from_one_that_was_killed(data_settings: Settings) -> None:
    keep(data_settings, 20)
    started_at = keep(data_settings, 1, status="running", finished_at=None).started_at
    with refresh_lock(lock_path(data_settings)):
        at_work = read_status(data_settings)
    assert (at_work.running_since, at_work.last_failure) == (started_at, None)
    killed = read_status(data_settings)
    assert killed.running_since is None
    assert killed.last_failure == "the process ended before the refresh did"


def test_the_command_exits_as_monitoring_systems_expect(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    environment = {
        **os.environ,
        "WAREHOUSE_DATA": str(settings.data),
        "WAREHOUSE_DISK_FREE_MIN_GIB": "0",
    }

    def status(*arguments: str) -> tuple[int, str]:
        outcome = subprocess.run(
            [COMMAND, "status", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert outcome.stderr == ""
        return outcome.returncode, outcome.stdout

    assert status()[0] == 2
    release = keep(settings, 1)
    code, line = status()
    assert (code, line.count("\n")) == (0, 1)
    facts = json.loads(status("--format", "json")[1])
    assert (facts["level"], facts["exit_code"], facts["release"]) == ("OK", 0, release.refresh_id)
    assert datetime.fromisoformat(facts["release_at"]) == release.finished_at
    (settings.history_dir / "refreshes" / "damaged.json").write_text("{", encoding="utf-8")
    code, line = status()
    assert code == 3
    assert line.startswith("WAREHOUSE UNKNOWN: ")


@pytest.mark.parametrize("count", [1000])
def test_years_of_history_do_not_make_it_slow(data_settings: Settings, count: int) -> None:
    for night in range(count):
        keep(data_settings, 24 * night + 1)
    before = utc_now()
    read_status(data_settings)
    assert utc_now() - before <= timedelta(seconds=1)

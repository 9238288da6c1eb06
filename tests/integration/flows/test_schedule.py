"""The schedule on a real Prefect server: it fires, makes up once what was missed, ends clean."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.golden import golden
from tests.support.serving import (
    COMMAND,
    EACH_MINUTE,
    NEVER,
    Schedule,
    prefect_processes,
    scheduled,
    wait_until,
)
from warehouse.flows.server import Server, ServerError
from warehouse.history import RefreshRecord, read_records, utc_now, write_record
from warehouse.lock import lock_path, refresh_lock
from warehouse.settings import Settings

GOLDEN = golden("flows")


def test_a_refresh_fires_at_its_hour_and_its_summary_is_on_its_page(
    own_installation: Settings, browser: Browser
) -> None:
    settings = own_installation
    with scheduled(settings, EACH_MINUTE) as schedule:
        run = schedule.wait_for_end()[0]
        assert run["state_name"] == "Completed"
        assert run["auto_scheduled"]
        record = read_records(settings.history_dir)[0]
        assert (record.status, record.cohort["rescue_stenting"]) == ("published", 41)
        begun_after = record.started_at - datetime.fromisoformat(
            run["expected_start_time"]
        ).replace(tzinfo=None)
        assert timedelta(0) <= begun_after < timedelta(seconds=90)
        assert settings.published_path.exists()
        _see_summary(browser, schedule, run)
        server = schedule.ask("admin/settings", "GET")["server"]
        assert server["services"]["db_vacuum"]["enabled"], "else old runs stay for ever"
        stated = schedule.end()
        assert f"Release {record.refresh_id} is published.\n{record.change_note}\n" in stated
    assert prefect_processes(settings) == []
    assert not (settings.state_dir / "server.json").exists()


def _see_summary(browser: Browser, schedule: Schedule, run: dict[str, Any]) -> None:
    """The summary is an artifact of the run, and a browser without a network shows it."""
    (artifact,) = schedule.ask(
        "artifacts/filter",
        artifacts={"flow_run_id": {"any_": [run["id"]]}, "key": {"any_": ["refresh-summary"]}},
    )
    assert GOLDEN("with_rescue_stenting_without") in artifact["data"]
    home = schedule.url
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(home)
    page.locator("input[type=password]").fill(schedule.password)
    page.get_by_role("button", name="Login").click()
    page.get_by_text("Dashboard").first.wait_for(timeout=60_000)
    page.goto(f"{home}/v2/dashboard")
    page.wait_for_timeout(3000)
    assert page.get_by_text("Switch to V1 UI").count() == 0
    page.goto(f"{home}/artifacts/artifact/{artifact['id']}")
    page.get_by_text("127: rescue stenting 41, no rescue stenting 86").wait_for(timeout=60_000)
    _keep_picture(page, "artifact")
    page.goto(f"{home}/runs/flow-run/{run['id']}")
    page.get_by_text("publish").first.wait_for(timeout=60_000)
    _keep_picture(page, "run")
    outside = [url for url in asked if not url.startswith((home, "data:", "blob:"))]
    assert outside == []


def _keep_picture(page: Page, name: str) -> None:
    """For looking at it: where WAREHOUSE_TEST_SCREENSHOTS names a folder."""
    if folder := os.environ.get("WAREHOUSE_TEST_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_what_was_missed_died_or_was_stopped_is_made_up_once(own_installation: Settings) -> None:
    """A night done by hand, two without anybody, one that a power cut ended, a stop in another."""
    settings = own_installation
    by_hand = utc_now() - timedelta(days=4, hours=12)
    record = RefreshRecord("20220601T020000Z", by_hand, by_hand.date(), status="published")
    write_record(settings.history_dir, record)
    with scheduled(settings, NEVER) as schedule:
        (deployment,) = schedule.ask("deployments/filter")
        schedule.process.send_signal(signal.SIGSTOP)  # it starts nothing of what comes now
        for days in (5, 3, 2, 1):
            due_at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
            run = schedule.ask(
                f"deployments/{deployment['id']}/create_flow_run",
                state={"type": "SCHEDULED", "state_details": {"scheduled_time": due_at}},
            )
        schedule.ask(f"flow_runs/{run['id']}/set_state", state={"type": "RUNNING"}, force=True)
        schedule.process.kill()
        schedule.process.wait()

    with scheduled(settings, NEVER) as schedule:
        wait_until(lambda: "running" in _statuses(settings))
        assert GOLDEN("were_missed_and_one_was_broken") in schedule.end()
    assert _statuses(settings) == ["published", "interrupted"]
    assert prefect_processes(settings) == []

    with scheduled(settings, NEVER) as schedule:
        runs = schedule.wait_for_end(count=6)
        assert sorted(run["state_name"] for run in runs) == [
            *("Cancelled", "Cancelled", "Cancelled", "Completed", "Crashed", "Crashed")
        ]
        schedule.end()
    assert _statuses(settings) == ["published", "interrupted", "published"]


def _statuses(settings: Settings) -> list[str]:
    return [record.status for record in read_records(settings.history_dir)]


def test_a_run_that_meets_the_lock_ends_without_alarm_and_one_that_fails_says_why(
    own_installation: Settings,
) -> None:
    settings = own_installation
    shutil.rmtree(settings.raw_dir)
    with scheduled(settings, EACH_MINUTE) as schedule:
        with refresh_lock(lock_path(settings)):
            _meets_the_lock(schedule)
        assert read_records(settings.history_dir) == []
        wait_until(lambda: _statuses(settings) == ["failed"])
        stated = schedule.end()
    assert GOLDEN("refresh_is_already_running_process") in stated
    assert GOLDEN("error_no_file_was_delivered_up") in stated


def _meets_the_lock(schedule: Schedule) -> None:
    settings = schedule.settings
    run = schedule.wait_for_end()[0]
    assert run["state_name"] == "Cancelled"
    assert f"process {os.getpid()}, since " in run["state"]["message"]
    second = subprocess.run(
        [COMMAND, "schedule"],
        env={**os.environ, "WAREHOUSE_DATA": str(settings.data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 3
    assert f"process {schedule.process.pid}, since" in " ".join(second.stderr.split())


def test_a_server_that_was_killed_is_reported_without_what_it_stated_before(tmp_path: Path) -> None:
    log_path = tmp_path / "prefect-server.log"
    log_path.write_text("database is locked, and tried again")
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"]) as process:
        server = Server("http://127.0.0.1:4200/api", log_path, process)
        server.raise_if_ended()
        process.kill()
        process.wait()
        with pytest.raises(ServerError, match=GOLDEN("start_again_it_was_killed_sigkill")):
            server.raise_if_ended()

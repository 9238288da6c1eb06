"""What monitoring systems are told."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
import typer
from typer.testing import CliRunner

from tests.support.golden import golden
from warehouse.commands.status import status as status_command
from warehouse.files import make_folder
from warehouse.history import (
    RefreshRecord,
    read_records,
    utc_now,
    violations_path,
    write_record,
)
from warehouse.lock import lock_path, refresh_lock
from warehouse.publish import point_published_at
from warehouse.releases.rollback import roll_back
from warehouse.settings import Settings
from warehouse.sql_shell.session import QueryError, release_path
from warehouse.status import MOST_CHARACTERS, Level, read_status
from warehouse.text import one_line

GOLDEN = golden("status")

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
    if record.status == "published":
        release = settings.releases_dir / f"{record.refresh_id}.duckdb"
        make_folder(release.parent)
        release.write_text(record.refresh_id)
        point_published_at(release, settings.published_path)
    return record


def test_a_young_release_is_well(data_settings: Settings) -> None:
    release = keep(data_settings, 5).refresh_id
    status = read_status(data_settings.model_copy(update={"disk_free_min_gib": 0}))
    assert status.level is Level.OK
    assert re.fullmatch(
        GOLDEN("warehouse_ok_the_last_good_release", release=release),
        status.line,
    )


def test_no_release_and_an_old_one_are_critical(data_settings: Settings) -> None:
    data_settings.history_dir.mkdir(parents=True)
    assert read_status(data_settings).line.startswith(
        GOLDEN("warehouse_critical_there_is_no_release")
    )
    keep(data_settings, 31)
    status = read_status(data_settings)
    assert (status.level, status.is_late) == (Level.CRITICAL, True)
    assert GOLDEN("is_old_more_than_the_allowed") in status.line


@pytest.mark.parametrize(
    ("hours_ago", "level", "expected"),
    [(-0.5, Level.OK, "is 0.0 h old"), (-48, Level.UNKNOWN, "UTC, which is in the future: ")],
)
def test_a_release_of_the_future_has_no_age(
    hours_ago: float, level: Level, expected: str, data_settings: Settings
) -> None:
    keep(data_settings, hours_ago)
    status = read_status(data_settings.model_copy(update={"disk_free_min_gib": 0}))
    assert (status.level, status.is_late) == (level, False)
    assert expected in status.line
    assert ("age_hours=U;" in status.line) is (level is Level.UNKNOWN)


def test_the_last_refresh_is_the_last_although_the_clock_was_ahead_before(
    data_settings: Settings,
) -> None:
    well = data_settings.model_copy(update={"disk_free_min_gib": 0})
    keep(well, 48, refresh_number=1)
    keep(well, -24 * 400, refresh_number=2)
    right_again = keep(well, 2, refresh_number=3)
    status = read_status(well)
    assert (status.level, status.release) == (Level.OK, right_again.refresh_id)


def test_a_release_whose_file_is_gone_is_none(data_settings: Settings) -> None:
    keep(data_settings, 5)
    data_settings.published_path.unlink()
    status = read_status(data_settings)
    assert status.line.startswith(
        GOLDEN("warehouse_critical_missing_beside_kept", published=data_settings.published_path)
    )
    with pytest.raises(QueryError) as asked:
        release_path(data_settings)
    assert str(asked.value) == status.release_misplaced


def test_a_folder_in_the_place_of_the_lock_is_critical(data_settings: Settings) -> None:
    """An empty one is removed by the next refresh."""
    well = data_settings.model_copy(update={"disk_free_min_gib": 0})
    keep(well, 5)
    lock_path(well).mkdir(parents=True)
    assert read_status(well).level is Level.OK
    (lock_path(well) / "notes").touch()
    status = read_status(well)
    assert (status.level, len(status.lost)) == (Level.CRITICAL, 1)
    assert status.lost[0].startswith(f"{lock_path(well)} is a folder")


def test_a_folder_in_the_place_of_a_file_of_the_history_is_critical(
    data_settings: Settings,
) -> None:
    keep(data_settings, 5)
    violations_path(data_settings.history_dir).mkdir()
    [line] = read_status(data_settings).lost
    assert line.startswith(f"{violations_path(data_settings.history_dir)} is a folder")


def test_a_long_cause_keeps_its_remedy(data_settings: Settings) -> None:
    """And its beginning; what is left out is in between."""
    remedy = "Put the raw files back. If there are none, go on without these rows, once: --go-on"
    causes = "".join(f"\n  - file {number}: its content differs" for number in range(99))
    keep(data_settings, 1, status="failed", reason=f"It has no manifest:{causes}\n{remedy}")
    [text] = [text for _, text in read_status(data_settings)._remarks() if "manifest" in text]
    reason = text.partition(" UTC: ")[2]
    assert reason.startswith(GOLDEN("it_has_no_manifest_file_0"))
    assert reason.endswith(f" ... {remedy}")
    assert MOST_CHARACTERS - 30 < len(reason) <= MOST_CHARACTERS


def test_items_of_a_list_are_separated_in_one_line() -> None:
    line = one_line("No:\n  a: none\n  b: five\nStop.")
    assert line == GOLDEN("no_a_none_b_five_stop")


def test_a_rollback_is_a_warning_that_says_what_people_read(data_settings: Settings) -> None:
    well = data_settings.model_copy(update={"disk_free_min_gib": 0})
    earlier, later = keep(well, 26).refresh_id, keep(well, 2)
    assert read_status(well).level is Level.OK
    roll_back(well)
    status = read_status(well)
    rolled_back_at = read_records(well.history_dir)[-1].rolled_back_at
    assert (status.level, status.release, status.release_read) == (
        Level.WARNING,
        later.refresh_id,
        earlier,
    )
    assert status.line.startswith(
        GOLDEN(
            "warehouse_warning_the_current_release_is",
            earlier=earlier,
            rolled_back_at=rolled_back_at,
            refresh_id=later.refresh_id,
        )
    )
    roll_back(well, later.refresh_id)
    assert read_status(well).level is Level.OK


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
    stated = f"the refresh of {failed.started_at} UTC: dbt failed / at: int_patients; the last good"
    assert stated in status.line
    keep(data_settings, 1)
    assert read_status(data_settings).last_failure is None


def test_a_past_day_neither_hides_a_failed_night_nor_is_one(data_settings: Settings) -> None:
    keep(data_settings, 20)
    keep(data_settings, 3, status="failed", reason="no deliveries", as_of=date(2000, 1, 1))
    assert read_status(data_settings).last_failure is None
    keep(data_settings, 2, status="failed", reason="dbt failed")
    keep(data_settings, 1, status="built", as_of=date(2022, 6, 30))
    assert read_status(data_settings).last_failure == "dbt failed"


def test_a_refresh_at_work_is_distinguished_from_one_that_was_killed(
    data_settings: Settings,
) -> None:
    keep(data_settings, 20)
    started_at = keep(data_settings, 1, status="running", finished_at=None).started_at
    with refresh_lock(lock_path(data_settings)):
        at_work = read_status(data_settings)
    assert (at_work.running_since, at_work.last_failure) == (started_at, None)
    killed = read_status(data_settings)
    assert killed.running_since is None
    assert killed.last_failure == GOLDEN("the_process_ended_before_the_refresh")


def test_a_refresh_that_was_killed_before_its_pages_were_written_has_published(
    data_settings: Settings,
) -> None:
    keep(data_settings, 20)
    killed = keep(data_settings, 1)
    killed.status, killed.finished_at = "running", None
    write_record(data_settings.history_dir, killed)
    status = read_status(data_settings)
    assert (status.release, status.level) == (killed.refresh_id, Level.WARNING)
    assert status.last_failure == (
        GOLDEN("the_process_ended_after_release_was", refresh_id=killed.refresh_id)
    )


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

    code, line = status()
    assert (code, line) == (
        3,
        GOLDEN("warehouse_unknown_errno_no_such_file", data=settings.data),
    )
    assert not settings.data.exists()
    settings.data.mkdir()
    assert status()[0] == 2
    release = keep(settings, 1)
    code, line = status()
    assert (code, line.count("\n")) == (0, 1)
    facts = json.loads(status("--format", "json")[1])
    assert (facts["level"], facts["exit_code"], facts["release"]) == ("OK", 0, release.refresh_id)
    assert datetime.fromisoformat(facts["release_at"]) == release.finished_at
    damaged = settings.history_dir / "refreshes" / "20220601T020000Z.json"
    damaged.write_text("{", encoding="utf-8")
    code, line = status()
    assert code == 3
    assert line.startswith("WAREHOUSE UNKNOWN: ")
    facts = json.loads(status("--format", "json")[1])
    assert (facts["level"], facts["exit_code"]) == ("UNKNOWN", 3)
    environment["WAREHOUSE_SERVER_PORT"] = "http"
    code, line = status()
    assert (code, line.count("\n")) == (3, 1)
    assert GOLDEN("warehouse_server_port_input_should_be") in line


def test_whatever_keeps_it_from_knowing_is_unknown(
    data_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw, and a folder in the place of the lock."""
    monkeypatch.setattr("warehouse.commands.status.settings", lambda: data_settings)
    app = typer.Typer()
    app.command()(status_command)
    keep(data_settings, 1, status="running")
    lock_path(data_settings).mkdir(parents=True)
    outcome = CliRunner().invoke(app)
    assert outcome.exit_code == 3
    assert str(lock_path(data_settings)) in outcome.stdout
    monkeypatch.setattr("warehouse.status.read_status", lambda _: 1 // 0)
    outcome = CliRunner().invoke(app)
    assert outcome.exit_code == 3
    assert outcome.stdout.startswith("WAREHOUSE UNKNOWN: ZeroDivisionError: ")


def test_a_message_of_several_lines_is_one_line_of_sentences(data_settings: Settings) -> None:
    keep(data_settings, 1, status="failed", reason="line 2, column 4\nDo this:\n  - a\nThen that.")
    line = read_status(data_settings).line
    assert "4. Do" in line
    assert "a. Then" in line


def test_years_of_history_do_not_make_it_slow(data_settings: Settings) -> None:
    for night in range(1000):
        keep(data_settings, 24 * night + 1, status="published" if night < 10 else "failed")
    before = process_time()  # not the clock's, as the machine may be busy
    read_status(data_settings)
    assert process_time() - before <= 1

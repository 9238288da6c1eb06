"""What a person sees at the console when a refresh cannot be done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.golden import golden
from tests.support.refreshed import Refreshed
from warehouse.lock import lock_path, refresh_lock
from warehouse.settings import Settings

GOLDEN = golden("commands")

WAREHOUSE = str(Path(sys.executable).with_name("warehouse"))


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of the project in a process of its own, on some data folder."""
    return subprocess.run(
        [WAREHOUSE, *arguments],
        env={**os.environ, "WAREHOUSE_DATA": str(settings.data)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_second_refresh_names_who_is_at_work(data_settings: Settings) -> None:
    with refresh_lock(lock_path(data_settings)):
        outcome = run(data_settings, "refresh")

    assert outcome.returncode == 3
    assert outcome.stdout == ""
    assert outcome.stderr.startswith(
        GOLDEN("error_refresh_is_already_running_process", getpid=os.getpid())
    )


@pytest.mark.rest
def test_a_missing_secret_is_explained_without_a_traceback(copy_of_refreshed: Refreshed) -> None:
    settings = copy_of_refreshed.settings
    release = settings.published_path.read_bytes()
    settings.secret_path.unlink()

    outcome = run(settings, "refresh")

    assert outcome.returncode == 1
    assert "Traceback" not in outcome.stdout + outcome.stderr
    assert outcome.stderr.startswith("error: ")
    assert str(settings.secret_path) in outcome.stderr
    assert settings.published_path.read_bytes() == release


def test_a_day_that_is_none_is_refused(data_settings: Settings) -> None:
    outcome = run(data_settings, "refresh", "--as-of", "2022-13-01")

    assert outcome.returncode == 2
    assert "Traceback" not in outcome.stderr


@pytest.mark.rest
def test_output_that_nobody_reads_any_more_is_no_error(data_settings: Settings) -> None:
    """As with `warehouse refresh | head -1`."""
    with subprocess.Popen(
        [WAREHOUSE, "refresh"],
        env={**os.environ, "WAREHOUSE_DATA": str(data_settings.data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        stated = process.stderr.read()
    assert process.returncode == 1
    assert stated.startswith(GOLDEN("error_no_file_was_delivered_up"))


def test_a_data_folder_that_is_a_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = run(Settings(data=tmp_path / "file"), "releases")
    assert outcome.returncode == 1
    assert outcome.stderr == (GOLDEN("error_the_data_folder_cannot_be", file=tmp_path / "file"))

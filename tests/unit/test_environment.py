"""What other tools are told before they are imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.golden import golden
from tests.support.mail_server import web_listener
from warehouse.environment import prepare_environment
from warehouse.settings import Settings, SettingsError

GOLDEN = golden("environment")

LOSING_THE_SERVER = """
from warehouse.environment import prepare_environment
from warehouse.settings import settings
prepare_environment(settings())
import logging, prefect.main
import prefect._internal.concurrency
names = ("EventsWorker", "APILogWorker", "prefect.engine", "prefect._internal.concurrency")
for name in names:
    logging.getLogger(name).error("a message that quotes 1955-04-02")
"""


def test_what_prefect_says_when_it_loses_its_server_stays_off_the_console(
    data_settings: Settings,
) -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", LOSING_THE_SERVER],
        env={**os.environ, "WAREHOUSE_DATA": str(data_settings.data)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert outcome.stdout + outcome.stderr == ""


KILLED_WITH_A_LOCK = """
from warehouse.environment import prepare_environment
from warehouse.settings import settings
prepare_environment(settings())
import multiprocessing, os, signal
lock = multiprocessing.get_context("spawn").Lock()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_locks_of_a_process_that_was_killed_are_not_spoken_of(data_settings: Settings) -> None:
    outcome = subprocess.run(
        [sys.executable, "-c", KILLED_WITH_A_LOCK],
        env={**os.environ, "WAREHOUSE_DATA": str(data_settings.data), "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (outcome.returncode, outcome.stderr) == (-signal.SIGKILL, "")


ASKED_ON_THIS_MACHINE = """
import sys
from warehouse.environment import prepare_environment
from warehouse.settings import settings
prepare_environment(settings())
import httpx
print(httpx.get(sys.argv[1]).status_code)
"""


def test_the_proxy_of_the_house_is_not_asked_for_this_machine(data_settings: Settings) -> None:
    """Prefect's client would else send it what it has to say to the server on loopback."""
    dead = "http://127.0.0.1:9"
    with web_listener(status=204) as (_, url):
        outcome = subprocess.run(
            [sys.executable, "-c", ASKED_ON_THIS_MACHINE, url],
            env={
                **os.environ,
                "WAREHOUSE_DATA": str(data_settings.data),
                **{"HTTP_PROXY": dead, "http_proxy": dead, "NO_PROXY": "", "no_proxy": ""},
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert (outcome.stdout, outcome.stderr) == ("204\n", "")


@pytest.mark.parametrize("name", ["state", "state/tmp"])
def test_a_file_in_place_of_a_folder_of_scratch_files_is_to_be_moved_away(
    tmp_path: Path, name: str
) -> None:
    place = tmp_path / name
    place.parent.mkdir(exist_ok=True)
    place.touch()
    with pytest.raises(SettingsError) as refused:
        prepare_environment(Settings(data=tmp_path))
    assert str(refused.value) == (GOLDEN("is_file_and_the_warehouse_keeps", place=place))


def test_a_file_in_place_of_the_data_folder_is_not_to_be_moved_away(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=GOLDEN("point_warehouse_data_at_folder")):
        prepare_environment(Settings(data=tmp_path / "file"))

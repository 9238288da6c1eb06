"""The real `warehouse schedule` at work on its own Prefect server, for tests that look at it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import pytest

from tests.support.refreshed import SHIPPED_RAW
from warehouse.environment import prefect_home
from warehouse.settings import Settings

COMMAND = str(Path(sys.executable).with_name("warehouse"))
PATIENCE_SECONDS = 400
BUSY = 503  # how Prefect's server says that its database is locked for the moment
EACH_MINUTE, NEVER = "* * * * *", "0 2 29 2 *"


class Schedule:
    """A schedule at work in an installation of its own, and the API of its server."""

    def __init__(self, settings: Settings, process: subprocess.Popen[str]) -> None:
        self.settings = settings
        self.process = process

    def ask(self, path: str, method: str = "POST", /, **question: Any) -> Any:
        """What the server's API answers to one who has the password."""
        body = None if method == "GET" else json.dumps(question).encode()
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Basic {b64encode(self.password.encode()).decode()}",
        }
        request = Request(f"{self.url}/api/{path}", body, headers, method=method)
        while True:
            try:
                with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                    return json.loads(answer.read() or "null")
            except HTTPError as error:
                if error.code != BUSY:
                    raise
                time.sleep(1)

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.settings.server_port}"

    @property
    def password(self) -> str:
        """The line of its password file."""
        return self.settings.api_password_path.read_text().strip()

    def runs(self) -> list[dict[str, Any]]:
        """The runs that were due by now, oldest first."""
        now = datetime.now(UTC).isoformat()
        runs = self.ask(
            "flow_runs/filter",
            flow_runs={"expected_start_time": {"before_": now}},
            sort="EXPECTED_START_TIME_ASC",
        )
        return [run for run in runs if run["state_type"] != "SCHEDULED"]

    def wait_for_end(self, count: int = 1) -> list[dict[str, Any]]:
        """The first runs, once so many have ended."""
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            assert self.process.poll() is None, "the schedule has ended"
            ended = [run for run in self.runs() if run["state_type"] not in {"PENDING", "RUNNING"}]
            if len(ended) >= count:
                return ended
            time.sleep(1)
        raise AssertionError(f"fewer than {count} runs ended: {self.runs()}")

    def end(self) -> str:
        """Stop it as a service manager does; returns what it said."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=120) == 0
        assert self.process.stdout is not None
        return self.process.stdout.read()


@contextmanager
def scheduled(settings: Settings, cron: str) -> Iterator[Schedule]:
    """`warehouse schedule` in a process; it is killed if the block does not end it."""
    environment = {
        **os.environ,
        "WAREHOUSE_DATA": str(settings.data),
        "WAREHOUSE_SERVER_PORT": str(settings.server_port),
        "WAREHOUSE_SCHEDULE_CRON": cron,
    }
    with subprocess.Popen(
        [COMMAND, "schedule"], env=environment, text=True, stdout=subprocess.PIPE
    ) as process:
        try:
            _wait_until_it_serves(process)
            yield Schedule(settings, process)
        finally:
            if process.poll() is None:
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.kill()


def _wait_until_it_serves(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("The refresh runs at"):
            return
    raise AssertionError("the schedule ended at once")


@pytest.fixture(scope="session")
def prepared_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder that set-up leaves; making Prefect's database takes longer than any test."""
    data = tmp_path_factory.mktemp("prepared")
    environment = {**os.environ, "WAREHOUSE_DATA": str(data)}
    subprocess.run([COMMAND, "prepare"], env=environment, check=True)
    return data / "state"


@contextmanager
def empty_installation(folder: Path, prepared_state: Path) -> Iterator[Settings]:
    """No delivery, and a port that nothing listens on."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_port
    settings = Settings(data=folder / "data", server_port=port)
    shutil.copytree(prepared_state, settings.state_dir)
    yield settings
    for process in prefect_processes(settings):
        process.kill()


@pytest.fixture
def own_installation(tmp_path: Path, prepared_state: Path) -> Iterator[Settings]:
    """The shipped deliveries, and a port that nothing listens on."""
    with empty_installation(tmp_path, prepared_state) as settings:
        shutil.copytree(SHIPPED_RAW, settings.raw_dir)
        yield settings


def prefect_processes(settings: Settings) -> list[psutil.Process]:
    """Processes of Prefect that belong to an installation."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("PREFECT_HOME") == str(prefect_home(settings)):
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until(holds: Callable[[], object]) -> None:
    """Wait until something holds; fails when it takes too long."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.5)

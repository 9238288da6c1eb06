"""Attacks on the schedule's Prefect server, each of which ran a foreign file once."""

from __future__ import annotations

import http.client
import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import psutil
import pytest
from playwright.sync_api import Browser

from tests.support.refreshed import SHIPPED_RAW
from tests.support.serving import (
    COMMAND,
    NEVER,
    PATIENCE_SECONDS,
    Schedule,
    empty_installation,
    prefect_processes,
    scheduled,
    wait_until,
)
from tests.support.started import started
from warehouse.flows.password import api_password
from warehouse.history import read_records
from warehouse.lock import is_refresh_running
from warehouse.settings import Settings

NOBODY = 65534
# What another account tries: it needs no file of ours, only the port.
TRIED = (("deployments/filter", b"{}"), ("admin/settings", None), ("flow_runs/", b"{}"))
FOREIGN = """
import pathlib
pathlib.Path(__file__).with_name("was_run").touch()
from prefect import flow

@flow(name="nightly refresh")
def nightly_refresh():
    pass
"""
ASK_FROM_A_PAGE = """
async (url) => {
    try {
        const answer = await fetch(`${url}/api/deployments/filter`, {
            method: "POST", headers: {"Content-Type": "application/json"}, body: "{}"
        });
        return [answer.status, await answer.json()];
    } catch (error) {
        return error.name;
    }
}
"""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory, prepared_state: Path) -> Iterator[Schedule]:
    """A schedule at work, without a delivery yet."""
    with (
        empty_installation(tmp_path_factory.mktemp("attacked"), prepared_state) as settings,
        scheduled(settings, NEVER) as schedule,
    ):
        yield schedule


@pytest.fixture(scope="module")
def pooled(attacked: Schedule) -> dict[str, Any]:
    """What a deployment for a worker is made of: its flow and its work pool."""
    (flow,) = attacked.ask("flows/filter")
    pool = attacked.ask("work_pools/", name="warehouse", type="process", base_job_template={})
    return {"name": "pool", "flow_id": flow["id"], "work_pool_name": pool["name"]}


def test_nobody_without_the_password_reaches_the_api(attacked: Schedule) -> None:
    settings = attacked.settings
    assert stat.S_IMODE(settings.api_password_path.stat().st_mode) == 0o600
    # First as this account: another one may not read what Python imports for its first request.
    assert _answers(settings.server_port) == [401, 401, 401]
    assert _as_another_account(settings) == [401, 401, 401]
    assert _status_for_host(settings, f"127.0.0.1:{settings.server_port}") == 200
    assert _status_for_host(settings, f"localhost:{settings.server_port}") == 200
    assert _status_for_host(settings, f"rebound.example:{settings.server_port}") == 400


@pytest.mark.parametrize("path", ["docs", "redoc", "openapi.json", "api/docs", "api/openapi.json"])
def test_no_page_describes_the_api_with_scripts_of_the_web(attacked: Schedule, path: str) -> None:
    assert _try(f"http://127.0.0.1:{attacked.settings.server_port}/{path}", None) == 404


def test_the_password_is_on_no_command_line_and_in_no_other_file(attacked: Schedule) -> None:
    """Every account may read command lines; logs, pages and Prefect's database are passed on."""
    settings, secret = attacked.settings, attacked.password.partition(":")[2]
    ours = [psutil.Process(attacked.process.pid), *_servers(settings)]
    assert len(ours) == 2
    assert not [word for process in ours for word in process.cmdline() if secret in word]
    files = [path for path in settings.data.rglob("*") if path.is_file()]
    holders = [path for path in files if secret.encode() in path.read_bytes()]
    assert holders == [settings.api_password_path]


def test_the_password_that_others_may_read_is_closed_and_a_damaged_one_made_again(
    data_settings: Settings,
) -> None:
    """The latter is what an installation gets that is older than the password."""
    path = data_settings.api_password_path
    password = api_password(data_settings)
    path.chmod(0o644)
    assert api_password(data_settings) == password
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text(password[:20])
    assert api_password(data_settings) not in (password, password[:20])
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def _as_another_account(settings: Settings) -> list[int]:
    """What another account is answered (where the tests run as root; else this one)."""
    forked = multiprocessing.get_context("fork")
    ours, theirs = forked.Pipe(duplex=False)
    process = forked.Process(target=_try_all, args=(theirs, settings.server_port))
    process.start()
    process.join(PATIENCE_SECONDS)
    assert process.exitcode == 0
    answers: list[int] = ours.recv()
    return answers


def _try_all(pipe: Connection, port: int) -> None:
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    pipe.send(_answers(port))
    os._exit(0)  # what other tests registered for the end of a process is of the first account


def _answers(port: int) -> list[int]:
    return [_try(f"http://127.0.0.1:{port}/api/{path}", body) for path, body in TRIED]


def _try(url: str, body: bytes | None) -> int:
    try:
        request = Request(url, body, {"Content-Type": "application/json"})
        # A server listens before it has started, which takes a busy machine its time.
        with build_opener(ProxyHandler({})).open(request, timeout=PATIENCE_SECONDS) as answer:
            return int(answer.status)
    except HTTPError as refusal:
        return refusal.code


def _status_for_host(settings: Settings, host: str) -> int:
    """What the server answers to a harmless question that names a host."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", settings.server_port, timeout=PATIENCE_SECONDS
    )
    connection.request("GET", "/api/health", headers={"Host": host})
    return connection.getresponse().status


def test_a_page_of_the_web_learns_and_changes_nothing(attacked: Schedule, browser: Browser) -> None:
    """In a browser in which a person has logged in to the pages."""
    with _foreign_site() as foreign:
        context = browser.new_context()
        own = context.new_page()
        own.goto(attacked.url)
        own.locator("input[type=password]").fill(attacked.password)
        own.get_by_role("button", name="Login").click()
        own.get_by_text("Dashboard").first.wait_for(timeout=60_000)
        page = context.new_page()
        page.goto(foreign)
        assert page.evaluate(ASK_FROM_A_PAGE, attacked.url) == "TypeError"


@contextmanager
def _foreign_site() -> Iterator[str]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<p>a page of the web")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.rest
def test_a_run_is_ours_whatever_the_server_says(attacked: Schedule, tmp_path: Path) -> None:
    """One who has the password, or the database, can start a run; not say what it does."""
    foreign = tmp_path / "foreign.py"
    foreign.write_text(FOREIGN)
    deployment = _nightly(attacked)
    for changes in _changes_of_what_is_run(deployment, foreign):
        attacked.ask("deployments/", **changes)
        attacked.ask(f"deployments/{deployment['id']}/create_flow_run")
    ended = attacked.wait_for_end(count=3)
    assert [run["state_type"] for run in ended] == ["FAILED", "CANCELLED", "CANCELLED"]
    records = read_records(attacked.settings.history_dir)
    assert [record.status for record in records] == ["failed"], "no delivery is there yet"
    assert not foreign.with_name("was_run").exists()


@pytest.mark.rest
def test_a_worker_runs_what_is_ours_whatever_the_server_says(
    attacked: Schedule, pooled: dict[str, Any], tmp_path: Path
) -> None:
    """In a work pool the server may name even the command and the environment of a run."""
    foreign = tmp_path / "foreign.py"
    foreign.write_text(FOREIGN)
    before = len(attacked.runs())
    for number, changes in enumerate(_changes_of_what_is_run(pooled, foreign)):
        deployment = attacked.ask("deployments/", **pooled | changes | {"name": f"pool-{number}"})
        attacked.ask(f"deployments/{deployment['id']}/create_flow_run")
    with _worker(attacked.settings) as worker:
        ended = attacked.wait_for_end(count=before + 3)[before:]
        worker.send_signal(signal.SIGINT)
    assert {run["state_type"] for run in ended} <= {"FAILED", "CANCELLED"}
    assert not foreign.with_name("was_run").exists()


def _nightly(attacked: Schedule) -> dict[str, Any]:
    """The schedule's own deployment, as the server has it."""
    (deployment,) = attacked.ask("deployments/filter", deployments={"name": {"any_": ["nightly"]}})
    return dict(deployment)


def _changes_of_what_is_run(deployment: dict[str, Any], foreign: Path) -> list[dict[str, Any]]:
    """What may name code in a deployment: its entrypoint, its steps, and its job's variables."""
    same = {"name": deployment["name"], "flow_id": deployment["flow_id"]}
    entrypoint = {"entrypoint": f"{foreign}:nightly_refresh", "path": str(foreign.parent)}
    run_it = f"{sys.executable} {foreign}"
    script = {"prefect.deployments.steps.run_shell_script": {"script": run_it}}
    return [
        same | entrypoint,
        same | entrypoint | {"pull_steps": [script]},
        same | entrypoint | {"job_variables": {"command": run_it, "env": {"PYTHONSTARTUP": "x"}}},
    ]


@pytest.mark.parametrize("command", ["server", "refresh"])
def test_a_kill_of_the_main_process_leaves_nothing_behind(
    own_installation: Settings, command: str
) -> None:
    settings = own_installation
    with started(
        [COMMAND, command], env=_environment(settings), stdout=subprocess.DEVNULL
    ) as process:
        wait_until(lambda: len(_servers(settings)) == 1)
        assert _answers(_port(_servers(settings)[0])) == [401, 401, 401]
        process.kill()
        process.wait()
    _, alive = psutil.wait_procs(prefect_processes(settings), timeout=PATIENCE_SECONDS)
    assert alive == []


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "WAREHOUSE_DATA": str(settings.data),
        "WAREHOUSE_SERVER_PORT": str(settings.server_port),
    }


def _servers(settings: Settings) -> list[psutil.Process]:
    """Servers that are up, by the sockets at which they listen."""
    return [
        process
        for process in prefect_processes(settings)
        if any("server" in word for word in process.cmdline())
        and any(each.status == psutil.CONN_LISTEN for each in process.net_connections())
    ]


def _port(server: psutil.Process) -> int:
    """The port at which a server listens."""
    listening = [c for c in server.net_connections() if c.status == psutil.CONN_LISTEN]
    return int(listening[0].laddr.port)


def _worker(settings: Settings) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [COMMAND, "worker"], env=_environment(settings), stdout=subprocess.DEVNULL
    )


@pytest.mark.rest
def test_a_kill_of_a_worker_ends_its_refresh(attacked: Schedule, pooled: dict[str, Any]) -> None:
    settings = attacked.settings
    shutil.copytree(SHIPPED_RAW, settings.raw_dir)
    others = prefect_processes(settings)
    deployment = attacked.ask("deployments/", **pooled)
    attacked.ask(f"deployments/{deployment['id']}/create_flow_run")
    with _worker(settings) as worker:
        wait_until(lambda: is_refresh_running(settings))
        its = [process for process in prefect_processes(settings) if process not in others]
        worker.kill()
    assert its != []
    assert psutil.wait_procs(its, timeout=PATIENCE_SECONDS)[1] == []


@pytest.mark.rest
def test_a_kill_of_the_schedule_ends_its_server_and_its_refresh(attacked: Schedule) -> None:
    settings = attacked.settings
    shutil.copytree(SHIPPED_RAW, settings.raw_dir, dirs_exist_ok=True)
    deployment = _nightly(attacked)
    attacked.ask(f"deployments/{deployment['id']}/create_flow_run")
    wait_until(lambda: is_refresh_running(settings))
    attacked.process.kill()
    attacked.process.wait()
    _, alive = psutil.wait_procs(prefect_processes(settings), timeout=PATIENCE_SECONDS)
    assert alive == []

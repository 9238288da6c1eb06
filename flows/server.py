"""The project's own Prefect server: on loopback, with all of its state below the data folder."""

from __future__ import annotations

import atexit
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

import psutil

from warehouse.disk import TOO_MANY_OPEN, system_reason
from warehouse.environment import SERVER_HOST, prefect_pages
from warehouse.errors import WarehouseError
from warehouse.files import make_folder, remove_whatever, write_atomically
from warehouse.flows.password import api_password
from warehouse.flows.processes import end_processes
from warehouse.flows.server_database import set_damaged_database_aside
from warehouse.settings import Settings

PROBE_SECONDS = 2
START_SECONDS = 120
LAST_WORDS = 5
UNAUTHORIZED = 401
TAKEN = (errno.EADDRINUSE, errno.EACCES)
PORTS, PROCESSES = 1 << 16, 1 << 31
# What Prefect sets for the server that it brings to a run itself: no pages and no scheduling.
FOR_ONE_RUN = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1"}


class ServerError(WarehouseError):
    """The Prefect server cannot be started, or ended by itself; the message says what to do."""


@dataclass(frozen=True)
class Server:
    """A Prefect server that is up; ``process`` is None when somebody else started it."""

    url: str
    log_path: Path
    process: subprocess.Popen[bytes] | None = None

    def wait_until_up(self, seconds: float = START_SECONDS) -> None:
        """Wait until it answers. Raises ServerError when it ends before, or takes too long."""
        deadline = time.monotonic() + seconds
        while not _answers(self.url):
            self.raise_if_ended()
            if time.monotonic() > deadline:
                raise ServerError(
                    f"The Prefect server did not answer within {seconds:g} s, so nothing was "
                    f"begun; the last release stays. Find out what keeps this machine busy, and "
                    f"start again.{_last_words(self.log_path)}"
                )
            time.sleep(0.2)

    def raise_if_ended(self) -> None:
        """Raise ServerError when it is no longer there."""
        if self._has_ended():
            raise ServerError(
                f"The Prefect server at {self.url} has ended by itself, so no refresh starts "
                f"at its hour. Start it again.{self._why()}"
            )

    def _why(self) -> str:
        code = self.process.poll() if self.process else None
        if code is not None and code < 0:  # its log has another cause then
            return f" It was killed ({signal.Signals(-code).name})."
        return _last_words(self.log_path)

    def _has_ended(self) -> bool:
        return not _answers(self.url) if self.process is None else self.process.poll() is not None


def migrate_database(settings: Settings) -> None:
    """Create or upgrade the server's database. Raises CalledProcessError when Prefect cannot."""
    set_damaged_database_aside(settings)
    command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def use_server(settings: Settings, url: str) -> None:
    """Point Prefect, which must not be imported yet, at a server of this installation.

    Its password is sent to no other address.
    """
    os.environ["PREFECT_API_URL"] = url
    os.environ["PREFECT_API_AUTH_STRING"] = api_password(settings)


@contextmanager
def own_server(settings: Settings) -> Iterator[Server]:
    """The project's server: the one that is up already, or one for the length of the block.

    Raises ServerError when it does not start.
    """
    log_path = settings.logs_dir / "prefect-server.log"
    if url := running_server_url(settings):
        yield Server(url, log_path)
        return
    _leave_out_second_pages(settings)
    server = _started(settings, settings.server_port, log_path)
    try:
        server.wait_until_up()
        with _announced(settings):
            yield server
    finally:
        _end(server)


def server_for_this_process(settings: Settings) -> Server:
    """A server of its own for a single run, at an address that nobody knows.

    It may not be up yet. It ends with this process, after the last request.
    """
    log_path = settings.logs_dir / "prefect-server-of-refresh.log"
    server = _started(settings, port=0, log_path=log_path, environment=FOR_ONE_RUN)
    atexit.register(_end, server)
    return server


def running_server_url(settings: Settings) -> str | None:
    """Address of the project's own server when it is up.

    A server that somebody else runs on the same port is not ours and is not used: ours announces
    itself in the data folder. Nor is one that asks for no password, as those of earlier versions.
    """
    with suppress(OSError, ValueError):
        match json.loads(_announcement_path(settings).read_text(encoding="utf-8")):
            case {"port": int(port), "process": int(process)} if 0 < port < PORTS:
                url = _url(port)
                if 0 < process < PROCESSES and psutil.pid_exists(process):
                    return url if _asks_for_password(url) else None
    return None


def _started(
    settings: Settings, port: int, log_path: Path, environment: Mapping[str, str] | None = None
) -> Server:
    """A server process in a session of its own, so that Ctrl-C reaches it through us, and last."""
    make_folder(log_path.parent)
    set_damaged_database_aside(settings)
    with _listener(port) as listener, log_path.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "warehouse.flows.server_process", str(listener.fileno())],
            stdin=subprocess.PIPE,  # by its end the server notices ours
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(settings) | dict(environment or {}),
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
        return Server(_url(listener.getsockname()[1]), log_path, process)


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "PREFECT_SERVER_API_AUTH_STRING": api_password(settings),
        "PREFECT__SERVER_FINAL": "1",
    }


def _end(server: Server) -> None:
    assert server.process is not None
    with suppress(psutil.NoSuchProcess):
        end_processes([psutil.Process(server.process.pid)])
    server.process.wait()


def _leave_out_second_pages(settings: Settings) -> None:
    """Keep Prefect from serving the second version of its pages, and let it serve the first.

    In the browser the second asks an address outside the building (Amplitude), with all telemetry
    off. No setting takes it away; a link to nowhere does, where its files would be copied to.
    """
    place = prefect_pages(settings) / "v2"
    if not place.is_symlink():
        remove_whatever(place)
        make_folder(place.parent)
        place.symlink_to("left-out")


def _listener(port: int) -> socket.socket:
    """A socket that listens on a port of loopback; 0 is any that is free."""
    try:
        return socket.create_server((SERVER_HOST, port))
    except OSError as error:
        if error.errno not in TAKEN:
            raise
        raise ServerError(
            f"Port {port} of this machine is taken by another program, or by a server that an "
            f"earlier version of the warehouse started, so Prefect's server cannot start. End that "
            f"program, or set WAREHOUSE_SERVER_PORT to a free port."
        ) from error


def _answers(url: str) -> bool:
    """Whether a server answers there; asked directly, whatever proxy the environment names."""
    try:
        with build_opener(ProxyHandler({})).open(f"{url}/health", timeout=PROBE_SECONDS):
            return True
    except (URLError, OSError) as error:
        if system_reason(error, TOO_MANY_OPEN):  # it would be waited for in vain
            raise
        return False


def _asks_for_password(url: str) -> bool:
    """Whether a server answers there that refuses who brings no password."""
    try:
        with build_opener(ProxyHandler({})).open(f"{url}/admin/version", timeout=PROBE_SECONDS):
            return False
    except HTTPError as refusal:
        return refusal.code == UNAUTHORIZED
    except (URLError, OSError):
        return False


def _last_words(log_path: Path) -> str:
    lines = log_path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return "\n".join(["", f"Its last words, from {log_path}:", *lines[-LAST_WORDS:]])


@contextmanager
def _announced(settings: Settings) -> Iterator[None]:
    path = _announcement_path(settings)
    content = {"port": settings.server_port, "process": os.getpid()}
    write_atomically(path, json.dumps(content).encode())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _url(port: int) -> str:
    return f"http://{SERVER_HOST}:{port}/api"


def _announcement_path(settings: Settings) -> Path:
    return settings.state_dir / "server.json"

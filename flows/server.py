"""The project's own Prefect server: on loopback, with all of its state below the data folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import psutil

from flows.processes import end_leftover_servers, end_processes
from warehouse.environment import SERVER_HOST, prefect_pages
from warehouse.errors import WarehouseError
from warehouse.files import make_folder, remove_whatever, write_atomically
from warehouse.settings import Settings

PROBE_SECONDS = 2
START_SECONDS = 120
LAST_WORDS = 5


class ServerError(WarehouseError):
    """The Prefect server cannot be started, or ended by itself; the message says what to do."""


@dataclass(frozen=True)
class Server:
    """A Prefect server that is up; ``process`` is None when somebody else started it."""

    url: str
    log_path: Path
    process: subprocess.Popen[bytes] | None = None

    def raise_if_ended(self) -> None:
        """Raise ServerError when it is no longer there."""
        if self._has_ended():
            raise ServerError(
                f"The Prefect server at {self.url} has ended by itself. Without it nothing starts "
                f"at its hour. Start again.{self._why()}"
            )

    def _why(self) -> str:
        code = self.process.poll() if self.process else None
        if code is not None and code < 0:  # its log tells of other things then
            return f" It was killed ({signal.Signals(-code).name})."
        return _last_words(self.log_path)

    def _has_ended(self) -> bool:
        return not _answers(self.url) if self.process is None else self.process.poll() is not None


def migrate_database() -> None:
    """Create or upgrade the server's database. Raises CalledProcessError when Prefect cannot."""
    command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


@contextmanager
def own_server(settings: Settings) -> Iterator[Server]:
    """The project's server: the one that is up already, or one for the length of the block.

    Raises ServerError when it does not start.
    """
    log_path = settings.logs_dir / "prefect-server.log"
    end_leftover_servers(settings)
    if url := running_server_url(settings):
        yield Server(url, log_path)
        return
    _require_free_port(settings.server_port)
    _leave_out_second_pages(settings)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as output, _started(settings, output) as process:
        server = Server(_url(settings.server_port), log_path, process)
        _wait_until_up(server)
        with _announced(settings):
            yield server


def running_server_url(settings: Settings) -> str | None:
    """Address of the project's own server when it is up.

    A server that somebody else runs on the same port is not ours and is not used: ours announces
    itself in the data folder.
    """
    announcement = _announcement_path(settings)
    if not announcement.exists():
        return None
    announced = json.loads(announcement.read_text(encoding="utf-8"))
    url = _url(announced["port"])
    return url if psutil.pid_exists(announced["process"]) and _answers(url) else None


@contextmanager
def _started(settings: Settings, output: object) -> Iterator[subprocess.Popen[bytes]]:
    """A server process in a session of its own, so that Ctrl-C reaches it through us, and last."""
    address = ["--host", SERVER_HOST, "--port", str(settings.server_port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", *address, "--log-level", "WARNING"],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(psutil.NoSuchProcess):
            end_processes([psutil.Process(process.pid)])
        process.wait()


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


def _require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((SERVER_HOST, port))
        except OSError as error:
            raise ServerError(
                f"Port {port} of this machine is taken by another program, so Prefect's server "
                f"cannot start. End that program, or set WAREHOUSE_SERVER_PORT to a free port."
            ) from error


def _wait_until_up(server: Server) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _answers(server.url):
        server.raise_if_ended()
        if time.monotonic() > deadline:
            raise ServerError(
                f"The Prefect server did not answer within {START_SECONDS} s."
                f"{_last_words(server.log_path)}"
            )
        time.sleep(0.2)


def _answers(url: str) -> bool:
    """Whether a server answers there; asked directly, whatever proxy the environment names."""
    try:
        with build_opener(ProxyHandler({})).open(f"{url}/health", timeout=PROBE_SECONDS):
            return True
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


def server_url(settings: Settings) -> str:
    """Where the project's server answers when it is up."""
    return _url(settings.server_port)


def _url(port: int) -> str:
    return f"http://{SERVER_HOST}:{port}/api"


def _announcement_path(settings: Settings) -> Path:
    return settings.state_dir / "server.json"

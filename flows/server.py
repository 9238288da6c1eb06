"""The project's own Prefect server: on loopback, with all of its state below the data folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from warehouse.environment import SERVER_HOST
from warehouse.files import write_atomically
from warehouse.settings import Settings

PROBE_SECONDS = 2


@contextmanager
def migrate_database() -> Iterator[None]:
    """Create or upgrade the server's database, during the block and at the latest at its end.

    Raises CalledProcessError when Prefect cannot do it.
    """
    command = [sys.executable, "-m", "prefect", "server", "database", "upgrade", "--yes"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as migration:
        yield
        if code := migration.wait():
            raise subprocess.CalledProcessError(code, command)


def run_server(settings: Settings) -> int:
    """Run the server until it is stopped (Ctrl-C); returns its exit code."""
    with _announced(settings):
        address = ["--host", SERVER_HOST, "--port", str(settings.server_port)]
        return subprocess.call([sys.executable, "-m", "prefect", "server", "start", *address])


def running_server_url(settings: Settings) -> str | None:
    """Address of the project's own server when it is up.

    A server that somebody else runs on the same port is not ours and is not used: ours announces
    itself in the data folder.
    """
    announcement = _announcement_path(settings)
    if not announcement.exists():
        return None
    announced = json.loads(announcement.read_text(encoding="utf-8"))
    if not _is_alive(announced["process"]):
        return None
    port = announced["port"]
    url = f"http://{SERVER_HOST}:{port}/api"
    try:
        with urlopen(f"{url}/health", timeout=PROBE_SECONDS):
            return url
    except (URLError, TimeoutError):
        return None


@contextmanager
def _announced(settings: Settings) -> Iterator[None]:
    path = _announcement_path(settings)
    content = {"port": settings.server_port, "process": os.getpid()}
    write_atomically(path, json.dumps(content).encode())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    """Whether the process that announced the server is still there to run it."""
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


def _announcement_path(settings: Settings) -> Path:
    return settings.state_dir / "server.json"

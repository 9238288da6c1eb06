"""Log of sent alerts, so that none is sent twice.

The names of its files are those of earlier versions, which it continues."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.files import make_folder, make_way, open_regular, write_atomically
from warehouse.settings import Settings

SentKeys = dict[str, list[str]]


def notified_queries_path(settings: Settings) -> Path:
    """Return the file with the open queries that alerts named."""
    return settings.alerts_dir / "sent_queries.parquet"


@contextmanager
def sent_alerts(settings: Settings) -> Iterator[SentKeys]:
    """Yield the keys of sent alerts that last, by kind; the block's changes are stored.

    Waits while another process has them.
    """
    path = settings.alerts_dir / "told.json"
    lock = path.with_name("told.lock")
    make_folder(lock.parent)
    make_way(lock)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        sent: SentKeys = _read(path)
        yield sent
        write_atomically(path, json.dumps(sent, indent=2).encode())


def _read(path: Path) -> SentKeys:
    """Read the keys; none if the file is missing or damaged: a second alert does less harm."""
    try:
        with open_regular(path) as handle:
            return dict(json.load(handle))
    except (OSError, ValueError):
        return {}

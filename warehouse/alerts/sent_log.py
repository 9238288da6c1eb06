"""What was told already, so that nobody is told twice."""

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
    """The identities of the open problems that were told."""
    return settings.alerts_dir / "told_problems.parquet"


@contextmanager
def sent_alerts(settings: Settings) -> Iterator[SentKeys]:
    """The keys of what was told and goes on, by kind; what the block makes of them is kept.

    Waits while another process has them.
    """
    path = settings.alerts_dir / "told.json"
    lock = path.with_name("told.lock")
    make_folder(lock.parent)
    make_way(lock)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        told: SentKeys = _read(path)
        yield told
        write_atomically(path, json.dumps(told, indent=2).encode())


def _read(path: Path) -> SentKeys:
    """What was told; nothing where the file is missing or damaged: telling twice does less harm."""
    try:
        with open_regular(path) as handle:
            return dict(json.load(handle))
    except (OSError, ValueError):
        return {}

"""The database of Prefect's server: what it knows of runs. It holds nothing that cannot be lost."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from warehouse.environment import prefect_home
from warehouse.files import make_way, remove_whatever
from warehouse.settings import Settings

# Below the name whose lines go to the console.
log = logging.getLogger("warehouse.server_database")

DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# What SQLite keeps beside a database.
BESIDE = ("-wal", "-shm", "-journal")


def set_damaged_database_aside(settings: Settings) -> None:
    """Move a damaged database away, so that the next server creates a new one.

    The damaged one stays beside it, until another one is. Call before a server is started.
    """
    path = prefect_home(settings) / "prefect.db"
    make_way(path)
    if not path.exists() or (damage := _damage(path)) is None:
        return
    kept = path.with_name(f"{path.name}.damaged")
    remove_whatever(kept)
    path.replace(kept)
    for suffix in BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    log.warning(
        "Prefect's database was damaged (%s) and is created again: its pages have lost the "
        "earlier runs, which ops.refreshes still knows. The damaged file is %s.",
        damage,
        kept,
    )


def _damage(path: Path) -> str | None:
    """Return the damage of a SQLite file; None if it is sound or cannot be read now."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            ((found,),) = connection.execute("pragma quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        return str(error) if error.sqlite_errorcode in DAMAGED else None
    return None if found == "ok" else str(found)

"""Atomic publication of a release that never blocks a reader.

DuckDB lets one process write a file or many read it. So a refresh writes a new file, and one rename
gives it the published name. A reader that has the earlier release open keeps reading it: its file
exists for as long as it is open.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import duckdb

from warehouse.digests import file_digest
from warehouse.files import remove_whatever, replacing, sync_file, sync_folder

READ_ONLY_MODE = 0o444
CANDIDATE_PREFIX = ".candidate-"
Note = Callable[[str], None]


def candidate_path(releases_dir: Path) -> Path:
    """Return the path of the release that a refresh is building, in the folder of the releases.

    The name is the same each night: dbt parses the whole project again when it changes.
    """
    return releases_dir / f"{CANDIDATE_PREFIX}release.duckdb"


def remove_leftovers(releases_dir: Path) -> None:
    """Delete candidates of interrupted refreshes. Call only while holding the lock."""
    for path in releases_dir.glob(f"{CANDIDATE_PREFIX}*"):
        remove_whatever(path)


def publish(
    candidate: Path, refresh_id: str, published_path: Path, note: Note = lambda _: None
) -> Path:
    """Make the candidate the current release and return the path of the release.

    The published name changes by a single rename, after the release is complete and ``note`` has
    been called with its digest.
    """
    release = store(candidate, refresh_id, note)
    point_published_at(release, published_path)
    return release


def store(candidate: Path, refresh_id: str, note: Note = lambda _: None) -> Path:
    """Make the candidate a release that is not published yet and return its path.

    Before it gets its name, the file is checkpointed, flushed to disk and made read-only, and
    ``note`` is called with its digest.
    """
    _checkpoint(candidate)
    candidate.chmod(candidate.stat().st_mode & READ_ONLY_MODE)  # the umask decides who may read
    sync_file(candidate)
    note(file_digest(candidate))
    release = candidate.with_name(f"{refresh_id}.duckdb")
    candidate.replace(release)
    sync_folder(release.parent)
    return release


def point_published_at(release: Path, published_path: Path) -> None:
    """Point the published name at this release by one rename."""
    with replacing(published_path) as partial:
        try:
            os.link(release, partial)
        except OSError:  # a file system without hard links, such as many network shares
            shutil.copy2(release, partial)


def is_published(release: Path, published_path: Path) -> bool:
    """Return whether the published name is a link to this release or a copy of it."""
    if not (release.exists() and published_path.exists()):
        return False
    return release.samefile(published_path) or filecmp.cmp(release, published_path, shallow=False)


def remove_old_releases(
    releases: Sequence[Path], kept: int, published_path: Path, past_days: Collection[str] = ()
) -> list[Path]:
    """Delete all but the newest ``kept`` releases, given oldest first; return the deleted paths.

    The current release is always kept. Releases in ``past_days`` (names of releases that show a day
    in the past) are counted separately from the nightly ones.
    """
    nightly = [path for path in releases if path.name not in past_days]
    others = [path for path in releases if path.name in past_days]
    old = [
        path
        for kind in (nightly, others)
        for path in kind[: max(0, len(kind) - kept)]
        if not is_published(path, published_path)
    ]
    for path in old:
        path.unlink()
    return old


def mart_digests(release_path: Path, schemas: tuple[str, ...]) -> dict[str, str]:
    """Return row count and order-independent digest of each table and view of these schemas."""
    with duckdb.connect(release_path, read_only=True) as connection:
        tables = connection.execute(
            """
            select schema_name, table_name
            from (
                select schema_name, table_name from duckdb_tables()
                union all
                select schema_name, view_name from duckdb_views()
            )
            where list_contains(?, schema_name)
            order by all
            """,
            [list(schemas)],
        ).fetchall()
        return {
            f"{schema}.{table}": _digest(connection, f'"{schema}"."{table}"')
            for schema, table in tables
        }


def _digest(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    row = connection.execute(
        f"select count(*), sum(hash(rows)::hugeint) from {table} as rows"
    ).fetchone()
    return f"{row[0]}:{row[1] or 0:x}" if row else ""


def _checkpoint(path: Path) -> None:
    """Merge the write-ahead log into the file."""
    with duckdb.connect(path) as connection:
        connection.execute("checkpoint")
    if path.with_name(f"{path.name}.wal").exists():
        raise OSError(f"{path.name} still has a write-ahead log after its checkpoint")

"""Read-only session on one release.

The session can only read this release and create temporary tables in memory. The file is opened
read-only; DuckDB may open no other file, attach nothing and install nothing. Statements may write
to DuckDB's temporary folder, so each session has its own, which is deleted with it. Results reach
files only through ``warehouse.sql_shell.writers``.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from warehouse.errors import WarehouseError
from warehouse.files import lies_there, what_lies
from warehouse.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

Returned = TypeVar("Returned")
FETCHED_AT_ONCE = 10_000
# What DuckDB raises for a file that is none of its own, is cut off or was changed; a checksum that
# is not met has no class of its own.
DAMAGE = {duckdb.IOException, duckdb.SerializationException, duckdb.Error}
NO_FILES = (
    "\n`warehouse sql` reads only the release. Write results with --output. To use files of your "
    "own, open the release in a DuckDB client (docs/sql.md)."
)


class QueryError(WarehouseError):
    """A statement cannot be run; the message is DuckDB's, with a caret at the place."""

    concerns = "caller"


class ReleaseFileError(QueryError):
    """A release file cannot be read: it is damaged, or no release; says what to do."""

    concerns = "operator"
    quotes_values = True


@dataclass(frozen=True)
class Column:
    """A column of a result: its name and DuckDB's name of its type."""

    name: str
    type: str


def open_file(path: Path, config: dict[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """Open a release file read-only. Raises ReleaseFileError if it is damaged or no release."""
    try:
        return duckdb.connect(path, read_only=True, config=config or {})
    except duckdb.Error as error:
        raise _unread(path, error) from error


@contextmanager
def explained_damage(path: Path) -> Iterator[None]:
    """Raise ReleaseFileError for what DuckDB raises while it reads a damaged release file."""
    try:
        yield
    except duckdb.Error as error:
        if type(error) not in DAMAGE:
            raise
        raise _unread(path, error) from error


def _unread(path: Path, error: duckdb.Error) -> ReleaseFileError:
    reason = str(error).strip().splitlines()[0]
    return ReleaseFileError(
        f"The release {path} cannot be read: {reason}\nIf it is damaged, build it again with: "
        f"warehouse refresh\nOr make an earlier release current with: warehouse rollback ID "
        f"(warehouse releases lists them)"
    )


class Interruptible:
    """Caller of DuckDB in a thread, so that Ctrl-C cancels a statement at once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(max_workers=1)

    def __call__(self, function: Callable[..., Returned], *arguments: Any) -> Returned:
        """Call a function of the connection; raise KeyboardInterrupt after it has stopped."""
        call = self._thread.submit(function, *arguments)
        try:
            return call.result()
        except KeyboardInterrupt:
            self._connection.interrupt()
            wait([call])
            raise


class Result:
    """Result whose rows are read lazily."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, calling: Interruptible, release: Path
    ) -> None:
        self._release = release
        self._cursor = cursor
        self._calling = calling
        self.columns = tuple(Column(each[0], str(each[1])) for each in cursor.description or ())
        self.rows = self._read()

    def _read(self) -> Iterator[tuple[Any, ...]]:
        try:
            batches = iter(lambda: self._calling(self._cursor.fetchmany, FETCHED_AT_ONCE), [])
            with explained_damage(self._release):
                yield from itertools.chain.from_iterable(batches)
        except duckdb.Error as error:
            raise QueryError(error_text(error)) from error

    def arrow(self) -> pa.RecordBatchReader:
        """Return the rows as Arrow batches, instead of ``rows``."""
        with warnings.catch_warnings():
            # The warning is about a copy, which is one batch at a time.
            warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")
            return self._cursor.to_arrow_reader(FETCHED_AT_ONCE)


def release_path(settings: Settings, release: str | None = None) -> Path:
    """Return the file of the current release, of an id, or of a lock by its path.

    Raises QueryError if it is missing.
    """
    locked = Path(release or "").expanduser().resolve()
    if locked.is_file() and locked.is_relative_to(settings.locks_dir):
        return locked
    path = (
        settings.published_path
        if release is None
        else settings.releases_dir / f"{release.removesuffix('.duckdb')}.duckdb"
    )
    if path.is_file() and path.parent in {settings.releases_dir, settings.warehouse_dir}:
        return path
    if release is None:
        raise QueryError(
            misplaced(settings) or "There is no release yet. Run a refresh first: warehouse refresh"
        )
    there = ", ".join(release_ids(settings)) or "none"
    raise QueryError(f"There is no release {release!r}. Choose one of: {there}.")


def misplaced(settings: Settings) -> str | None:
    """Return what is wrong with the place of the current release, and what to do about it.

    None for a file, and where neither it nor a kept release is there.
    """
    published = settings.published_path
    kept = release_ids(settings)
    if published.is_file() or not (kept or lies_there(published)):
        return None
    again = "refresh (warehouse refresh)"
    if kept:
        again += (
            ", or make a kept release current by its id (warehouse rollback ID; warehouse releases "
            "lists them)"
        )
    if not lies_there(published):
        return f"{published}, the current release, is missing. To make it again, {again}."
    return (
        f"{published} is {what_lies(published)}, and the current release belongs there. Move it "
        f"away first. Then {again}."
    )


def release_ids(settings: Settings) -> list[str]:
    """Return ids of the releases on disk, the newest first."""
    paths = (path for path in settings.releases_dir.glob("[0-9]*.duckdb") if path.is_file())
    return sorted((path.stem for path in paths), reverse=True)


def identity(path: Path) -> tuple[int, int]:
    """Return size and time of a release file, which its copies and links share."""
    seen = path.stat()
    return seen.st_size, seen.st_mtime_ns


class Session:
    """A connection to a release file. Close it before another is opened in this process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened = identity(path)
        self._scratch = TemporaryDirectory(prefix="warehouse-sql-")
        config = {
            "enable_external_access": "false",
            "lock_configuration": "true",
            "temp_directory": self._scratch.name,
        }
        self.connection = open_file(path, config)
        self._calling = Interruptible(self.connection)

    def close(self) -> None:
        """Close the connection and delete the temporary folder."""
        self.connection.close()
        self._scratch.cleanup()

    def is_outdated(self, published: Path) -> bool:
        """Return whether a newer release was published under the name of the opened file."""
        is_there = self.path == published and published.exists()
        return is_there and identity(published) != self.opened

    def results(self, sql: str) -> Iterator[Result]:
        """Run statements one after the other and yield the result of each that returns rows.

        Read a result before the next one. Raises QueryError.
        """
        try:
            statements = duckdb.extract_statements(sql)
        except duckdb.Error as error:
            raise QueryError(error_text(error)) from error
        for statement in statements:
            result = self._run(statement)
            if result is not None:
                yield result

    def _run(self, statement: duckdb.Statement) -> Result | None:
        try:
            with explained_damage(self.path):
                cursor = self._calling(self.connection.execute, statement)
        except duckdb.Error as error:
            raise QueryError(error_text(error)) from error
        if not _returns_rows(statement, cursor):
            return None
        return Result(cursor, self._calling, self.path)


def _returns_rows(statement: duckdb.Statement, cursor: duckdb.DuckDBPyConnection) -> bool:
    """Return whether a statement returns rows; a pivot is several, the last of which does."""
    is_query = statement.expected_result_type == [duckdb.ExpectedResultType.QUERY_RESULT]
    is_pivot = statement.type is duckdb.StatementType.MULTI
    return (is_query or is_pivot) and bool(cursor.description)


def error_text(error: duckdb.Error) -> str:
    """Return DuckDB's message, with a hint if it is about files."""
    is_about_files = isinstance(error, duckdb.PermissionException)
    return str(error).strip() + (NO_FILES if is_about_files else "")

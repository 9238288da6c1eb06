"""Exports that are a folder of files: the registry for another system."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.exports.choices import ExportError
from warehouse.files import lies_there


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Make a folder that gets its name only after all of its files have been written.

    Raises ExportError if something has that name, unless it is an empty folder, and if it cannot
    be written.
    """
    if lies_there(path) and not (path.is_dir() and not any(path.iterdir())):
        raise ExportError(
            f"{path} is there already, so nothing was exported. Name a folder that is new or empty."
        )
    partial = path.with_name(f".{path.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        yield partial
        partial.replace(path)
    except (OSError, duckdb.IOException) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExportError(f"{path} cannot be written: {reason}. Choose another place.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def of_this_version(release_path: Path) -> Iterator[None]:
    """Raise ExportError where a release lacks a table or column that this version reads."""
    try:
        yield
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        reason = str(error).splitlines()[0]
        raise ExportError(
            f"{release_path} was made by an earlier version ({reason}), so nothing was exported. "
            "Export a newer release, or refresh first: warehouse refresh"
        ) from error

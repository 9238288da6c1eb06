"""Exports of a locked study: all of them at the lock, and a copy of one later on."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from warehouse.definitions.styles import load_styles
from warehouse.exports.choices import FORMATS, ExportError
from warehouse.exports.export import ExportRequest, exported
from warehouse.history import read_records
from warehouse.locks.lock import EXPORTS, lock_of
from warehouse.releases.reader import open_release
from warehouse.settings import Settings

log = logging.getLogger(__name__)


def every_export(release_path: Path, study: str) -> Iterator[tuple[str, bytes]]:
    """Yield each export of a lock's release, in all formats and styles, as path and bytes.

    A content that only a default study has is that of the only study of the file. What cannot be
    exported, such as a label with a sign that LaTeX lacks, is left out and logged.
    """
    with open_release(release_path) as release:
        has_default = release.rows("select 1 from duckdb_columns() where schema_name = 'study'")
    for content, forms in FORMATS.items():
        for form in forms:
            for style in load_styles():
                request = ExportRequest(content, form, style, study)
                requests = [request, *([replace(request, study=None)] if has_default else [])]
                if (written := _first(requests, release_path)) is not None:
                    yield path_of(request), written


def _first(requests: Sequence[ExportRequest], release_path: Path) -> bytes | None:
    """Return the first of these exports that can be made; None, logged, if none can."""
    for request in requests:
        try:
            return exported(request, release_path)
        except ExportError as error:
            refused = error
    log.info("  lock: without %s: %s", path_of(requests[0]), refused)
    return None


def path_of(request: ExportRequest) -> str:
    """Return the path of an export in a lock, such as ``jama/table1.docx``."""
    return f"{request.style}/{request.content}.{request.form}"


def locked_export(settings: Settings, request: ExportRequest) -> bytes:
    """Return an export as it was written when its study was locked.

    Raises ExportError for a living study and for what was not written then, and LockError for a
    lock that is gone or was edited.
    """
    if request.study is None:
        raise ExportError("Nothing was exported. Give the locked study: --study NAME.")
    lock = lock_of(settings, read_records(settings.history_dir), request.study)
    if lock is None:
        raise ExportError(
            f"{request.study} is not locked, so nothing was exported. Leave out --locked, or "
            f"write `lock` in its study.yaml (docs/studies.md)."
        )
    if request.overall:
        raise ExportError(
            f"A lock keeps tables without --overall, so nothing was exported. Use the release "
            f"of the lock: --release {lock.release}"
        )
    path = f"{EXPORTS}/{path_of(request)}"
    if lock.manifest is not None and path not in lock.manifest["files"]:
        kept = sorted(
            {Path(each).stem for each in lock.manifest["files"] if each.startswith(EXPORTS)}
        )
        raise ExportError(
            f"The lock of {request.study} has no {request.content} as {request.form}, so nothing "
            f"was exported. Use one of {', '.join(kept)}."
        )
    return lock.content(path)

"""Exports of a locked study: all of them at the lock, and a copy of one later on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from warehouse.definitions.study_files import load_study, study_names
from warehouse.definitions.styles import load_styles
from warehouse.exports.choices import FORMATS, TABLE_NUMBERS, ExportError
from warehouse.exports.export import (
    OF_CONTRASTS,
    RATIOS,
    ExportRequest,
    exported_of,
    origin,
    requested,
)
from warehouse.history import read_records
from warehouse.locks.lock import EXPORTS, lock_of
from warehouse.releases.reader import open_release
from warehouse.settings import Settings
from warehouse.statistics.cohort import ALL
from warehouse.tables.studies import StudyResults

SHOWN_EVERY = 100
log = logging.getLogger(__name__)


def every_export(release_path: Path, study: str) -> Iterator[tuple[str, bytes]]:
    """Yield each export of a lock's release, in all formats and styles, as path and bytes.

    Tables are there with all patients, too, by subgroup and by contrast. What cannot be exported,
    such as a label with a sign that LaTeX lacks, is left out and logged.
    """
    # Opened, and each result read, once: there are thousands of exports.
    read: dict[tuple[str, str], StudyResults] = {}
    with open_release(release_path) as release:
        notes = origin(release)
        requests = [*_requests(StudyResults(release), study)]
        for number, request in enumerate(requests):
            if number % SHOWN_EVERY == 0:
                log.info("  lock: %d of %d exports written", number, len(requests))
            results = read.get((request.subgroup, request.contrast))
            try:
                if results is None:
                    results = requested(release, request)
                    read[request.subgroup, request.contrast] = results
                yield path_of(request), exported_of(results, request, notes)
            except ExportError as error:
                log.info("  lock: without %s: %s", path_of(request), error)


def _requests(results: StudyResults, study: str) -> Iterator[ExportRequest]:
    """Yield each export that a study may have."""
    subgroups = [ALL, *(row["subgroup"] for row in results.subgroups)]
    contrasts = [" - ".join(codes) for codes in results.contrasts]
    for content, forms in FORMATS.items():
        if TABLE_NUMBERS.get(content, 0) > len(results.tables):
            continue
        parts = subgroups if content in TABLE_NUMBERS else [ALL]
        ways = [*product((False,), parts, contrasts if content in OF_CONTRASTS else ())]
        if content in TABLE_NUMBERS:
            ways += product((False, True), parts, ("",))
        elif content not in RATIOS or results.ratios:
            ways.append((False, ALL, ""))
        for way, form, style in product(ways, forms, load_styles()):
            yield ExportRequest(content, form, style, study, *way)


def path_of(request: ExportRequest) -> str:
    """Return the path of an export in a lock, such as ``jama/table1.docx``."""
    of = "" if request.subgroup == ALL else f"-{request.subgroup}"
    of += f"-{'-vs-'.join(request.compared)}" if request.compared else ""
    of += "-overall" * request.overall + "-missing" * request.missing
    return f"{request.style}/{request.content}{of}.{request.form}"


def locked_export(settings: Settings, request: ExportRequest) -> bytes:
    """Return an export as it was written when its study was locked.

    Raises ExportError for a living study and for what was not written then, and LockError for a
    lock that is gone or was edited.
    """
    if request.study is None:
        raise ExportError("Nothing was exported. Give the locked study: --study NAME.")
    lock = lock_of(settings, read_records(settings.history_dir), request.study)
    line = load_study(request.study).lock if request.study in study_names() else None
    if lock is None and line is not None:
        raise ExportError(
            f"{request.study} is not locked yet, so nothing was exported: the first release of "
            f"{line.on} or later is locked. Use the export without --locked."
        )
    if lock is None:
        raise ExportError(
            f"{request.study} is not locked, so nothing was exported. Leave out --locked, or "
            f"write `lock` in its study.yaml (docs/studies.md)."
        )
    path = f"{EXPORTS}/{path_of(request)}"
    if lock.manifest is not None and path not in lock.manifest["files"]:
        kept = sorted(
            {Path(each).stem for each in lock.manifest["files"] if each.startswith(EXPORTS)}
        )
        raise ExportError(
            f"The lock of {request.study} has no {path_of(request)}, so nothing "
            f"was exported. Use one of {', '.join(kept)}."
        )
    return lock.content(path)

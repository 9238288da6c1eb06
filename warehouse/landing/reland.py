"""Landing everything again from the raw files, into a log that takes the place of the old one.

The old log stays until the fresh one is complete: then it is renamed away and the fresh one takes
its name. After a crash between these two renames the fresh one is complete, and the next refresh
finishes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from warehouse.files import close_folder, make_folder, remove_whatever, sync_file, sync_folder
from warehouse.landing.deliveries import SkippedFile
from warehouse.landing.lander import FreshLog, land, secrets_of
from warehouse.landing.log import without_manifest
from warehouse.landing.manifest import Manifest, damaged_manifests, paths_of, read_log
from warehouse.landing.raw_names import RawNames, raw_names
from warehouse.landing.report import LandingReport
from warehouse.settings import Settings

KEPT = "it could not be landed again, as the raw file is gone; its rows stay as they were landed"
KEPT_FOR_NOW = "it could not be landed again now; its rows stay as they were landed before"


def fresh_dir(settings: Settings) -> Path:
    """Return the folder of the fresh log."""
    return settings.landed_dir.with_name(f"{settings.landed_dir.name}.fresh")


def former_dir(settings: Settings) -> Path:
    """Return the folder of the old log while the fresh one takes its name."""
    return settings.landed_dir.with_name(f"{settings.landed_dir.name}.former")


def reland(settings: Settings, *, progress: Callable[[str], None] = print) -> LandingReport:
    """Land all raw files into a fresh log and put it in the place of the old one.

    The pseudonyms stay the same: raises SecretError when the secret is another one than that of
    the old log. What cannot be landed again keeps its rows, and is reported as skipped.
    """
    recover_landing(settings)
    fresh, log = fresh_dir(settings), read_log(settings.landed_dir)
    close_folder(fresh)
    names = raw_names(settings)
    gone = [
        entry
        for entry in log.values()
        if entry.status == "landed" and names.located(entry.raw_file) is None
    ]
    _keep(settings, [*(entry.file_id for entry in gone), *_damaged(settings)])
    report = land(settings, progress=progress, fresh=FreshLog(fresh, secrets_of(log.values())))
    lost = _lost(log.values(), read_log(fresh).values(), names)
    _keep(settings, [entry.file_id for entry in lost])
    _swap(settings)
    # The rows are in use; the reason why it cannot be read now is reported separately.
    skipped = [
        *(SkippedFile(entry.source_file, KEPT, needs_correction=False) for entry in gone),
        *(SkippedFile(entry.source_file, KEPT_FOR_NOW, needs_correction=False) for entry in lost),
    ]
    return replace(
        report,
        skipped=(*report.skipped, *skipped),
        files_remembered=0,
        landed_before=frozenset(key for key, entry in log.items() if entry.status == "landed"),
    )


def recover_landing(settings: Settings) -> None:
    """Finish or undo a killed landing into a fresh log; call only while holding the lock."""
    landed, fresh, former = settings.landed_dir, fresh_dir(settings), former_dir(settings)
    if former.exists() and not landed.exists():
        (fresh if fresh.exists() else former).rename(landed)
        sync_folder(landed.parent)
    remove_whatever(fresh)
    remove_whatever(former)


def _lost(before: Iterable[Manifest], after: Iterable[Manifest], names: RawNames) -> list[Manifest]:
    """Landed files without rows in the fresh log: postponed, or unreadable by now."""
    after = list(after)
    read = {entry.source_file for entry in after if entry.status != "rejected"}
    known = {entry.file_id for entry in after}
    raw_files_read = {
        names.located(entry.raw_file) for entry in after if entry.status != "rejected"
    }
    return [
        entry
        for entry in before
        if entry.status == "landed"
        and entry.source_file not in read
        and entry.file_id not in known
        # What is read in other parts by now, or called otherwise, is not lost.
        and names.located(entry.raw_file) not in raw_files_read - {None}
    ]


def _damaged(settings: Settings) -> list[str]:
    """File ids of manifests that are damaged or gone: their rows wait for the manifest's backup."""
    damaged = (path.stem for path in damaged_manifests(settings.landed_dir))
    return [*damaged, *without_manifest(settings.landed_dir)]


def _keep(settings: Settings, file_ids: Iterable[str]) -> None:
    """Give the fresh log what the old one has of some files."""
    for file_id in file_ids:
        for path in paths_of(settings.landed_dir, file_id):
            target = fresh_dir(settings) / path.relative_to(settings.landed_dir)
            make_folder(target.parent)
            try:
                os.link(path, target)
            except OSError:  # a file system without hard links
                shutil.copy2(path, target)
                sync_file(target)
            sync_folder(target.parent)


def _swap(settings: Settings) -> None:
    landed, former = settings.landed_dir, former_dir(settings)
    if landed.exists():
        landed.rename(former)
    fresh_dir(settings).rename(landed)
    sync_folder(landed.parent)
    remove_whatever(former)

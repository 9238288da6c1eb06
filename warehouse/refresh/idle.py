"""An idle night: nothing came in and nothing else changed, so the last release's tables stay.

One digest sums up what the tables of patients, studies and checks are made of. It is kept beside
the work database, with the digest of that. A refresh that finds all of them equal builds only the
tables that each night changes, in a copy of the release. Any doubt, and it does all again
(docs/decisions/0042-idle-nights.md).
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import duckdb

from warehouse.dbt.build import DBT_PROJECT_DIR
from warehouse.dbt.state import project_digest
from warehouse.definitions.published import published_rows
from warehouse.definitions.study_files import load_studies
from warehouse.digests import RELEASE, digest_of, file_digest, sealed, unsealed
from warehouse.files import write_atomically
from warehouse.landing.raw_names import raw_names
from warehouse.refresh.context import RefreshContext
from warehouse.settings import PACKAGE_DIR, PARTS_DIR, PLACES, Settings
from warehouse.settings import settings as process_settings
from warehouse.work_database import accepted_corrections, files_due, load_history, require_whole

CODE = (
    (PACKAGE_DIR, "**/*.py"),
    (PARTS_DIR, "dictionary/**/*.*"),
    (PARTS_DIR, "expectations/*.py"),
)


def is_idle(refresh: RefreshContext) -> bool:
    """Return whether the last release and its work database are of the inputs of this refresh.

    They are noted in it as they are now, because code may change while it runs. Raises
    DamagedLogError for a file of the log that is not as it was written.
    """
    current, settings = refresh.current, refresh.settings
    refresh.inputs = inputs_digest(refresh)
    if refresh.full or refresh.is_past_day or current is None or current.record is None:
        return False
    require_whole(settings.landed_dir, files_due(settings.landed_dir, refresh.record.as_of))
    return (
        _kept(settings).items() >= _built(refresh, current.refresh_id).items()
        and _checks(settings, current.refresh_id).is_dir()
        and RELEASE in current.record.digests
        and current.damage is None
    )


def load_night(refresh: RefreshContext) -> None:
    """Load what only this night knows, and take over the results of the last night's checks."""
    settings, record = refresh.settings, refresh.record
    assert refresh.current is not None
    with duckdb.connect(settings.work_path) as connection:
        load_history(connection, settings.history_dir, record)
    shutil.copytree(
        _checks(settings, refresh.current.refresh_id), _checks(settings, record.refresh_id)
    )


def note_built(refresh: RefreshContext) -> None:
    """Note what the work database and the new release are made of, for the next night."""
    if refresh.inputs:
        built = _built(refresh, refresh.record.refresh_id)
        write_atomically(refresh.settings.built_path, sealed(json.dumps(built, indent=0)))


def inputs_digest(refresh: RefreshContext) -> str:
    """Digest of all that the tables depend on, but those of each night.

    Landed files up to the day, accepted corrections, skipped files, settings, published results of
    studies, code and versions.
    """
    settings, record = refresh.settings, refresh.record
    due = files_due(settings.landed_dir, record.as_of)
    inputs = (
        [asdict(entry) for entry in due],
        accepted_corrections(sorted({entry.site for entry in due}), raw_names(settings)),
        refresh.landing.skipped_rows if refresh.landing else [],
        record.settings,
        process_settings().model_dump(exclude=set(PLACES)),
        [published_rows(study) for study in load_studies()],
        record.versions,
        project_digest(DBT_PROJECT_DIR),
        {
            str(path.relative_to(folder)): digest_of(path.read_bytes())
            for folder, pattern in CODE
            for path in sorted(folder.glob(pattern))
            if path.is_file()
        },
    )
    return digest_of(json.dumps(inputs, default=str, sort_keys=True).encode())


def _built(refresh: RefreshContext, release: str) -> dict[str, str | None]:
    """Return the inputs of a release, its name, and the digest of the work database."""
    work_path = refresh.settings.work_path
    return {
        "inputs": refresh.inputs,
        "release": release,
        "work": file_digest(work_path) if work_path.is_file() else "",
    }


def _kept(settings: Settings) -> dict[str, str]:
    """Return the note on the last release; nothing if it is gone or damaged."""
    try:
        return dict(unsealed(settings.built_path.read_bytes()))
    except (OSError, ValueError):
        return {}


def _checks(settings: Settings, refresh_id: str) -> Path:
    return settings.history_dir / "checks" / refresh_id

"""Locks of studies in a refresh: compared before the release gate, made with the release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb

from warehouse.definitions.config import shown_path, study_path
from warehouse.definitions.study import StudyDefinition
from warehouse.definitions.study_files import load_studies
from warehouse.digests import file_digest
from warehouse.errors import WarehouseError, reason_without_values
from warehouse.history import read_records
from warehouse.locks.changes import LOCKED, LockRow, changes_of, publish_changes
from warehouse.locks.lock import MANIFEST, Lock, LockError, known_digests, read_locks
from warehouse.locks.make import write_candidate
from warehouse.refresh.context import RefreshContext
from warehouse.text import counted

NOTED = "select study, n_patients, n_numbers, n_causes from studies.locks order by study"


def compare_with_locks(refresh: RefreshContext) -> None:
    """Publish in the candidate what would differ today in each locked study, and note each lock.

    A lock whose line and folder were both taken away is given up; a lock that is gone or damaged is
    not replaced.
    """
    studies = {study.name: study for study in load_studies()}
    rows, changes = [], []
    for lock in _known(refresh, studies):
        if lock.day > refresh.record.as_of:  # a day in the past, before the lock
            continue
        row, found = changes_of(lock, refresh.candidate, studies.get(lock.study), refresh.record)
        rows.append(row)
        changes += found
        if row.remark:
            refresh.warnings.append(row.remark)
    for study in _due(refresh, studies):
        rows.append(_new_row(study, refresh))
    publish_changes(refresh.candidate, rows, changes)


def write_new_locks(refresh: RefreshContext) -> None:
    """Write the locks that begin with this release beside their places."""
    from warehouse.exports.locked import every_export  # what draws exports, only where one is due

    studies = {study.name: study for study in load_studies()}
    for study in [*_due(refresh, studies)]:
        try:
            name, digest = write_candidate(
                refresh.settings, refresh.candidate, study, refresh.record, every_export
            )
        except (OSError, WarehouseError, duckdb.InterruptException):
            raise  # says itself what to do, or was stopped
        except Exception as error:
            line = study.lock.on if study.lock else ""
            raise LockError(
                f"The lock of the study {study.name} cannot be made, so the release was not "
                f"published: {reason_without_values(error)} To publish without it, take away the "
                f"line `lock` ({line}) of {shown_path(study_path(study.name))}, and refresh again."
            ) from error
        refresh.record.locks[name] = digest


def lock_note(refresh: RefreshContext) -> str:
    """Return what is new of the locked studies, as sentences; empty if nothing is."""
    with duckdb.connect(refresh.candidate, read_only=True) as connection:
        now = {study: tuple(counts) for study, *counts in connection.execute(NOTED).fetchall()}
    before = _counts_before(refresh)
    return "".join(
        f" The study {name} is locked from this release on."
        if name not in before and not any(counts)
        else f" The locked study {name} would differ today by {_counts(counts)}."
        for name, counts in now.items()
        if counts != before.get(name)
    )


def _known(refresh: RefreshContext, studies: Mapping[str, StudyDefinition]) -> Iterator[Lock]:
    """Yield the locks that there are, and note each in the record."""
    records = read_records(refresh.settings.history_dir)
    recorded = known_digests(records)
    for lock in read_locks(refresh.settings, records):
        study = studies.get(lock.study)
        if not lock.folder.exists() and (study is None or study.lock is None):
            refresh.warnings.append(
                f"the lock of {lock.study} of {lock.day} is given up: its line and its folder were "
                f"both taken away; to undo it, bring both back before the next refresh"
            )
            continue
        digest = recorded.get(lock.name) or file_digest(lock.folder / MANIFEST)
        refresh.record.locks[lock.name] = digest
        yield lock


def _due(
    refresh: RefreshContext, studies: Mapping[str, StudyDefinition]
) -> Iterator[StudyDefinition]:
    """Yield the studies whose lock begins with this release."""
    locked = {name.partition("/")[0] for name in refresh.record.locks}
    for study in studies.values():
        is_due = study.lock is not None and study.lock.on <= refresh.record.as_of
        if is_due and study.name not in locked and not refresh.is_past_day:
            yield study


def _new_row(study: StudyDefinition, refresh: RefreshContext) -> LockRow:
    record, line = refresh.record, study.lock
    on, because = (line.on, line.because) if line else (None, None)
    return LockRow(study.name, record.as_of, on, because, record.refresh_id, LOCKED, None, 0, 0, 0)


def _counts_before(refresh: RefreshContext) -> dict[str, tuple[int, ...]]:
    """Return the counts of the locks in the release before; empty where it has none to read."""
    if refresh.current is None or refresh.damage is not None:
        return {}
    with duckdb.connect(refresh.current.path, read_only=True) as connection:
        known = connection.execute(
            "select 1 from duckdb_tables() where schema_name = 'studies' and table_name = 'locks'"
        ).fetchall()
        rows = connection.execute(NOTED).fetchall() if known else []
    return {study: tuple(counts) for study, *counts in rows}


def _counts(counts: tuple[int, ...]) -> str:
    patients, numbers, causes = counts
    return (
        f"{counted(patients, 'patient')}, {counted(numbers, 'number')} and "
        f"{counted(causes, 'part')} of definition, settings, rules and versions"
    )

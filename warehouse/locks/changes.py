"""Differences of a locked study from today, as tables of the release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.cohorts.conditions import literal
from warehouse.definitions.study import StudyDefinition
from warehouse.history import RefreshRecord
from warehouse.locks.facts import fact_changes, facts_of
from warehouse.locks.lock import Lock, LockError
from warehouse.releases.pair import ReleasesError, opened
from warehouse.releases.study_differences import moves, number_changes

PATIENT = "patient"
LOCKED, DAMAGED = "locked", "damaged"
COMMENTS = {
    "studies.locks": "Locked studies: since when and why, and what to know of the lock. Only the "
    "erasure of a patient may change a lock. Grain: one row per study.",
    "studies.lock_changes": "What would differ today in a locked study, with the value of the lock "
    "and of today. Grain: one row per difference.",
}


class LockRow(NamedTuple):
    """Locked study, as a row of ``studies.locks``."""

    study: str
    locked_on: date
    line_on: date | None
    because: str | None
    refresh_id: str | None
    state: str
    remark: str | None
    n_patients: int
    n_numbers: int
    n_causes: int


class ChangeRow(NamedTuple):
    """Difference, as a row of ``studies.lock_changes``."""

    study: str
    place: int
    kind: str
    subject: str
    before: str | None
    after: str | None
    because: str | None
    source_file: str | None
    source_row: int | None


COLUMNS = {
    "studies.locks": {
        "study": ("varchar", "Name of the study."),
        "locked_on": ("date", "Day of the release that is locked."),
        "line_on": ("date", "Day that study.yaml asked for at the lock."),
        "because": ("varchar", "Why the study is locked, from study.yaml."),
        "refresh_id": ("varchar", "Refresh whose release is locked."),
        "state": ("varchar", "locked; or damaged, of a lock that is gone or was edited."),
        "remark": ("varchar", "What is wrong with the lock or its line in study.yaml; else null."),
        "n_patients": ("integer", "Patients who would join, leave or be in another group today."),
        "n_numbers": ("integer", "Numbers of flow and tables that would differ today."),
        "n_causes": ("integer", "Parts of definition, settings, rules and versions that differ."),
    },
    "studies.lock_changes": {
        "study": ("varchar", "Name of the study."),
        "place": ("integer", "Order in which people read the differences of a study."),
        "kind": (
            "varchar",
            "definition, setting (mappings, too), rule or version; patient; flow, cell or "
            "comparison.",
        ),
        "subject": ("varchar", "What differs: key, file, rule, patient or number."),
        "before": ("varchar", "Value of the lock; null where there was none."),
        "after": ("varchar", "Value of today; null where there is none."),
        "because": ("varchar", "Of a patient, the delivered rows or the criterion that decide."),
        "source_file": ("varchar", "Delivered file of the first of these rows."),
        "source_row": ("integer", "Its line in that file."),
    },
}


def changes_of(
    lock: Lock, release_path: Path, study: StudyDefinition | None, record: RefreshRecord
) -> tuple[LockRow, list[ChangeRow]]:
    """Return a lock and what would differ in a release; of a damaged lock, only that."""
    changes: list[ChangeRow] = []
    remark = lock.line if lock.fault else line_fault(lock, study)
    if not lock.fault and study is not None:
        try:
            changes = [
                ChangeRow(lock.study, place, *row)
                for place, row in enumerate(_differences(lock, release_path, record), start=1)
            ]
        except (ReleasesError, LockError) as error:
            remark = str(error)
    counts = [
        sum(change.kind in kinds for change in changes)
        for kinds in ((PATIENT,), ("flow", "cell", "comparison"))
    ]
    on = lock.fact("on")
    row = LockRow(
        lock.study,
        lock.day,
        date.fromisoformat(on) if on else None,
        lock.fact("because"),
        lock.fact("refresh_id"),
        DAMAGED if lock.fault else LOCKED,
        remark,
        *counts,
        len(changes) - sum(counts),
    )
    return row, changes


def line_fault(lock: Lock, study: StudyDefinition | None) -> str | None:
    """Return what is wrong with the line ``lock`` in today's study.yaml; None if nothing is."""
    if study is None:
        return (
            f"the folder of the study {lock.study} is gone, and its lock of {lock.day} stays; "
            f"bring the folder back, so that each refresh can say what would differ"
        )
    if study.lock is None:
        return (
            f"study.yaml of {lock.study} no longer has the line `lock`, and the lock of {lock.day} "
            f"stays; put back: lock: {{on: {lock.fact('on')}, because: ...}}"
        )
    if str(study.lock.on) != lock.fact("on"):
        return (
            f"study.yaml of {lock.study} says lock on {study.lock.on}, and it was locked on "
            f"{lock.day} for {lock.fact('on')}; the lock stays. Put {lock.fact('on')} back; for a "
            f"later analysis, begin a study that extends {lock.study}"
        )
    return None


def _differences(
    lock: Lock, release_path: Path, record: RefreshRecord
) -> Iterator[tuple[str, str, str | None, str | None, str | None, str | None, int | None]]:
    """Yield kind, subject, before, after, because, file and line of each difference."""
    for fact in fact_changes(lock.facts(), facts_of(lock.study, record)):
        yield (*fact, None, None, None)
    with opened(lock.release, release_path) as pair:
        for move in moves(pair, lock.study):
            value = move.values[0] if move.values else None
            yield (
                PATIENT,
                f"{move.patient_key}, stroke {move.admission_key}",
                _with(move.before, move.before_because),
                _with(move.after, move.after_because),
                move.because,
                value.source_file if value else None,
                value.source_row if value else None,
            )
        for change in number_changes(pair, lock.study):
            yield (*change, None, None, None)


def publish_changes(
    release_path: Path, locks: Sequence[LockRow], changes: Sequence[ChangeRow]
) -> None:
    """Write ``studies.locks`` and ``studies.lock_changes`` into a candidate of a release."""
    rows: dict[str, Sequence[tuple[object, ...]]] = {
        "studies.locks": locks,
        "studies.lock_changes": changes,
    }
    with duckdb.connect(release_path) as connection:
        for table, columns in COLUMNS.items():
            declared = ", ".join(f"{name} {kind}" for name, (kind, _) in columns.items())
            connection.execute(f"create or replace table {table} ({declared})")
            connection.execute(f"comment on table {table} is {literal(COMMENTS[table])}")
            for name, (_, text) in columns.items():
                connection.execute(f"comment on column {table}.{name} is {literal(text)}")
            if rows[table]:
                marks = ", ".join("?" * len(columns))
                connection.executemany(f"insert into {table} values ({marks})", rows[table])


def _with(place: str, because: str | None) -> str:
    return f"{place} ({because})" if because else place

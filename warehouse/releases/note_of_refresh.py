"""Change note of a refresh, from its candidate before publication."""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.history import RefreshRecord
from warehouse.releases.change_note import change_note, first_note, past_day_note
from warehouse.releases.changes import RegistryNews
from warehouse.releases.cohort_changes import COHORT_GROUPS
from warehouse.releases.diff import diff_releases
from warehouse.releases.on_disk import Release
from warehouse.releases.pair import ReleasesError

PATIENTS = "select count(*) from registry.patients"


def note_of_candidate(
    candidate: Path, record: RefreshRecord, current: Release | None, is_past_day: bool
) -> str:
    """Return the note on the candidate, compared with the current release.

    The record must have the digests of the candidate's marts. Marts with equal digests are not
    read.
    """
    if current is not None and not is_past_day and current.damage:
        return first_note(*_sizes(candidate), "The last release is damaged and not compared")
    if current is not None and not is_past_day:
        former = current.record.mart_digests if current.record else {}
        equal = {name for name, digest in record.mart_digests.items() if former.get(name) == digest}
        try:
            return change_note(diff_releases(current.path, candidate, equal))
        except ReleasesError:
            return first_note(*_sizes(candidate), "The last release cannot be compared")
    if is_past_day:
        return past_day_note(record.as_of, *_sizes(candidate))
    return first_note(*_sizes(candidate), "There is no earlier release to compare with")


def _sizes(candidate: Path) -> tuple[RegistryNews, dict[str, int]]:
    with duckdb.connect(candidate, read_only=True) as connection:
        ((patients,),) = connection.execute(PATIENTS).fetchall()
        groups = connection.execute(COHORT_GROUPS.format(schema="study")).fetchall()
    return RegistryNews(patients), dict(groups)

"""Patients of a study in one release, and those who moved between two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from warehouse.releases.pair import ReleasePair, ReleasesError, opened
from warehouse.releases.reader import Release

MEMBERS, CRITERIA = "studies.members", "studies.criteria"
GROUPS = f"""
select study, study_group, count(*) as n
from {MEMBERS}
group by all
"""
# Where a patient is in a study: in a group, or out at a step for a reason.
PLACES = """
    select admission_key, patient_key, study_group as place, null as because
    from {release}.studies.members
    where study = '{study}'
    union all by name
    select
        admission_key, patient_key, 'left at ' || step_name as place,
        concat_ws('; ', reason, decided_by) as because
    from {release}.studies.criteria
    where study = '{study}' and status = 'excluded'
"""
MOVED = """
select
    coalesce(new.patient_key, old.patient_key) as patient_key,
    coalesce(new.admission_key, old.admission_key) as admission_key,
    coalesce(old.place, 'not screened'), old.because,
    coalesce(new.place, 'not screened'), new.because
from ({before}) as old
full join ({after}) as new on old.admission_key = new.admission_key
where old.place is distinct from new.place
order by all
"""


class Move(NamedTuple):
    """Patient who moved in a study: where the patient was and is, with what decided."""

    patient_key: str
    admission_key: str
    before: str
    before_because: str | None
    after: str
    after_because: str | None

    def __str__(self) -> str:
        return (
            f"{self.patient_key} {self.admission_key}\n"
            f"  before: {_with(self.before, self.before_because)}\n"
            f"  after:  {_with(self.after, self.after_because)}"
        )


def analyzed_patients(release: Release) -> dict[str, dict[str, int]]:
    """Return the analyzed patients of each study by group; empty for a release of version 0.1."""
    found = release.rows("select 1 from duckdb_tables() where schema_name = 'studies' limit 1")
    counts: dict[str, dict[str, int]] = {}
    for row in release.rows(GROUPS) if found else []:
        counts.setdefault(row["study"], {})[row["study_group"]] = row["n"]
    return counts


def moved_patients(before: Path, after: Path, study: str) -> Iterator[Move]:
    """Yield the patients of a study who moved between two release files.

    Raises ReleasesError where a release has no such study.
    """
    with opened(before, after) as pair:
        for name in ("before", "after"):
            _require_study(pair, name, study)
        old, new = (PLACES.format(release=each, study=study) for each in ("before", "after"))
        yield from (Move(*row) for row in pair.rows(MOVED.format(before=old, after=new)))


def _require_study(pair: ReleasePair, release: str, study: str) -> None:
    tables = pair.before if release == "before" else pair.after
    known = (
        [name for (name,) in pair.rows(f"select study from {release}.studies.definitions")]
        if MEMBERS in tables
        else []
    )
    if study not in known:
        raise ReleasesError(
            f"The release {release} has no study {study}, so nothing is compared. It has "
            f"{', '.join(known) or 'none by name'}; choose one, or another release."
        )


def _with(place: str, because: str | None) -> str:
    return f"{place} ({because})" if because else place

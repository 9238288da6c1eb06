"""Patients of a study in one release, and those who moved between two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from warehouse.releases.changes import StudyChange
from warehouse.releases.pair import ReleasePair, ReleasesError, opened
from warehouse.releases.reader import Release

MEMBERS, CRITERIA = "studies.members", "studies.criteria"
# Every study and group, also those without patients; the default study is the first.
SIZES = """
select
    definitions.study,
    coalesce(study_groups.study_group, 'all') as study_group,
    count(members.admission_key) as n
from {schema}.definitions as definitions
left join {schema}.study_groups as study_groups on definitions.study = study_groups.study
left join {schema}.members as members
    on definitions.study = members.study
    and members.study_group = coalesce(study_groups.study_group, 'all')
group by definitions.study, definitions.place, study_groups.study_group, study_groups.place
order by definitions.place, study_groups.place
"""
Sizes = dict[str, dict[str, int]]
"""Analyzed patients by study and group."""
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


def analyzed_patients(release: Release) -> Sizes:
    """Return the analyzed patients of each study by group; empty for a release of version 0.1."""
    found = release.rows("select 1 from duckdb_tables() where schema_name = 'studies' limit 1")
    rows = release.rows(SIZES.format(schema="studies")) if found else []
    return _by_study(tuple(row.values()) for row in rows)


def study_sizes(candidate: Path) -> Sizes:
    """Return the analyzed patients of each study of a release file, the default study first."""
    with duckdb.connect(candidate, read_only=True) as connection:
        return _by_study(connection.execute(SIZES.format(schema="studies")).fetchall())


def study_changes(before: Sizes, after: Sizes) -> tuple[StudyChange, ...]:
    """Return the studies of both whose number changed, but for the default one of ``after``."""
    _, *others = after or [""]
    numbers = [
        (name, sum(before.get(name, {}).values()), sum(after[name].values())) for name in others
    ]
    return tuple(StudyChange(*each) for each in numbers if each[0] in before and each[1] != each[2])


def other_studies(pair: ReleasePair) -> tuple[StudyChange, ...]:
    """Return the changed studies, but for the default one; none if a release is of version 0.1."""
    if MEMBERS not in pair.before or MEMBERS not in pair.after:
        return ()
    sizes = (pair.rows(SIZES.format(schema=f"{name}.studies")) for name in ("before", "after"))
    return study_changes(*map(_by_study, sizes))


def _by_study(rows: Iterable[tuple[Any, ...]]) -> Sizes:
    sizes: Sizes = {}
    for study, group, n in rows:
        sizes.setdefault(study, {})[group] = n
    return sizes


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

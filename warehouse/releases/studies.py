"""Patients of each study in a release, and the studies whose number changed between two."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from warehouse.releases.changes import StudyChange
from warehouse.releases.pair import ReleasePair
from warehouse.releases.reader import Release

MEMBERS = "studies.members"
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

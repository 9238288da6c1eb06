"""Tables of many studies, each from its own groups, lines, counts and conventions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa
from duckdb import DuckDBPyRelation

from warehouse.statistics.cells import cells
from warehouse.statistics.cohort import ALL, Cohort, Conventions, Group, Row
from warehouse.statistics.comparisons import FISHER, comparisons
from warehouse.statistics.tables import CELLS, COMPARISONS, TEXT, effects_of

STUDY = (pa.field("study", TEXT), pa.field("subgroup", TEXT))


class Study(NamedTuple):
    """Study, or a subgroup of it: its lines, the counts of its patients, and the group that others
    are held to."""

    name: str
    subgroup: str
    lines: list[Row]
    cohort: Cohort
    reference: str | None


def read_studies(
    studies: DuckDBPyRelation,
    groups: DuckDBPyRelation,
    lines: DuckDBPyRelation,
    counts: DuckDBPyRelation,
) -> Iterator[Study]:
    """Yield the studies of the tables ``studies``, ``study_groups``, ``study_lines``
    and ``int_value_counts``, the default one first, each as a whole (``all``) and by subgroup.
    """
    of_groups = _by_study(groups.order("place"), "study_group, label, prefix")
    of_lines = _by_study(lines.order("table_name, line"), "* exclude (study)")
    of_counts = _by_study(counts, "subgroup, variable, study_group, observed, level, n")
    columns = lines.project("* exclude (study)").columns
    named = studies.order("place").project(
        "study, small_samples, quartile_type, reference, subgroup_codes"
    )
    for name, small_samples, quartile_type, reference, subgroups in named.fetchall():
        rows = [dict(zip(columns, row, strict=True)) for row in of_lines.get(name, [])]
        conventions = Conventions(quartile_type=quartile_type, small_samples=small_samples)
        values: dict[str, list[tuple[Any, ...]]] = {}
        for subgroup, variable, group, observed, level, n in of_counts.get(name, []):
            value = level if observed is None else observed
            values.setdefault(subgroup, []).append((variable, group, value, n))
        named_groups = [Group(*row) for row in of_groups.get(name, [])]
        effects = [line | {"effects": effects_of(line)} for line in rows]
        for subgroup in (ALL, *subgroups):
            cohort = Cohort(values.get(subgroup, []), named_groups, conventions)
            yield Study(name, subgroup, effects, cohort, reference)


def table_cells(studies: Iterator[Study]) -> pa.Table:
    """Return the cells of all studies: study, subgroup, and the columns of ``CELLS``."""
    rows = [
        {"study": study.name, "subgroup": study.subgroup, **row}
        for study in studies
        for row in cells(study.lines, study.cohort)
    ]
    return pa.Table.from_pylist(rows, pa.schema([*STUDY, *CELLS]))


def table_comparisons(studies: Iterator[Study], *published: DuckDBPyRelation) -> pa.Table:
    """Return the comparisons of all studies: study, subgroup, and the columns of ``COMPARISONS``.

    Fisher's test of each 2x2 table is among them, and each test that published results name in the
    column ``statistic`` of ``published``, as ``<test>.p_value``.
    """
    named: dict[str, set[str]] = {}
    for relation in published:
        for study, statistic in relation.project("study, statistic").fetchall():
            named.setdefault(study, set()).add((statistic or "").partition(".")[0])
    rows = [
        {"study": study.name, "subgroup": study.subgroup, **row}
        for study in studies
        for row in comparisons(
            study.lines, study.cohort, study.reference, {FISHER, *named.get(study.name, ())}
        )
    ]
    return pa.Table.from_pylist(rows, pa.schema([*STUDY, *COMPARISONS]))


def _by_study(relation: DuckDBPyRelation, columns: str) -> dict[str, list[tuple[Any, ...]]]:
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for study, *row in relation.project(f"study, {columns}").fetchall():
        rows.setdefault(study, []).append(tuple(row))
    return rows

"""Tables of many studies, each from its own groups, lines, counts and conventions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pyarrow as pa
from duckdb import DuckDBPyRelation

from warehouse.statistics.calls import LEVELS
from warehouse.statistics.cells import cells
from warehouse.statistics.cohort import Cohort, Conventions, Group, Row
from warehouse.statistics.comparisons import EVERY_TEST, FISHER, comparisons
from warehouse.statistics.tables import CELLS, COMPARISONS, QUANTITIES, TEXT, effects_of, quantities

STUDY = pa.field("study", TEXT)


class Study(NamedTuple):
    """Study with its lines, the counts of its patients, and the group that others are held to."""

    name: str
    lines: list[Row]
    cohort: Cohort
    reference: str | None


def read_studies(
    studies: DuckDBPyRelation,
    groups: DuckDBPyRelation,
    lines: DuckDBPyRelation,
    counts: DuckDBPyRelation,
) -> Iterator[Study]:
    """Yield the studies of the models ``stg_studies``, ``stg_study_groups``, ``stg_study_lines``
    and ``int_value_counts``, the default one first.
    """
    of_groups = _by_study(groups.order("place"), "study_group, label, prefix")
    of_lines = _by_study(lines.order("table_name, line"), "* exclude (study)")
    of_counts = _by_study(counts, "variable, study_group, observed, level, n")
    columns = lines.project("* exclude (study)").columns
    named = studies.order("place").project("study, small_samples, quartile_type, reference")
    for name, small_samples, quartile_type, reference in named.fetchall():
        rows = [dict(zip(columns, row, strict=True)) for row in of_lines.get(name, [])]
        conventions = Conventions(quartile_type=quartile_type, small_samples=small_samples)
        values = [
            (variable, group, level if observed is None else observed, n)
            for variable, group, observed, level, n in of_counts.get(name, [])
        ]
        named_groups = [Group(*row) for row in of_groups.get(name, [])]
        effects = [line | {"effects": effects_of(line)} for line in rows]
        yield Study(name, effects, Cohort(values, named_groups, conventions), reference)


def table_cells(studies: Iterator[Study]) -> pa.Table:
    """Return the cells of all studies: study, and the columns of ``CELLS``."""
    rows = [
        {"study": study.name, **row}
        for study in studies
        for row in cells(study.lines, study.cohort)
    ]
    return pa.Table.from_pylist(rows, pa.schema([STUDY, *CELLS]))


def table_comparisons(studies: Iterator[Study]) -> pa.Table:
    """Return the comparisons of all studies: study, and the columns of ``COMPARISONS``.

    Fisher's test of each 2x2 table is among them, and every test of a study with published results.
    """
    rows = [
        {"study": study.name, **row}
        for study in studies
        for row in comparisons(study.lines, study.cohort, study.reference, _other_tests(study))
    ]
    return pa.Table.from_pylist(rows, pa.schema([STUDY, *COMPARISONS]))


def table_quantities(studies: Iterator[Study]) -> pa.Table:
    """Return the numbers of the studies with published results by name: study, ``QUANTITIES``."""
    rows = []
    for study in studies:
        if not _is_held_against(study):
            continue
        # Lines of levels have several rows; they are in the long tables.
        lines = [line for line in study.lines if line["summary"] != LEVELS]
        compared = comparisons(lines, study.cohort, study.reference, EVERY_TEST)
        found = quantities(lines, study.cohort.groups, cells(lines, study.cohort), compared)
        rows += [{"study": study.name, **row} for row in found]
    return pa.Table.from_pylist(rows, pa.schema([STUDY, *QUANTITIES]))


def _is_held_against(study: Study) -> bool:
    """Whether published results name lines of the study."""
    return any(line.get("paper_line") for line in study.lines)


def _other_tests(study: Study) -> tuple[str, ...]:
    return EVERY_TEST if _is_held_against(study) else (FISHER,)


def _by_study(relation: DuckDBPyRelation, columns: str) -> dict[str, list[tuple[Any, ...]]]:
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for study, *row in relation.project(f"study, {columns}").fetchall():
        rows.setdefault(study, []).append(tuple(row))
    return rows

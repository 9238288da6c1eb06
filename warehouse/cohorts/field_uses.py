"""Fields that each indicator, and each criterion and table line of the studies, needs.

A column is made of the columns of the registry that its ``made_from`` names, or of the one of its
name, and these of delivered fields. What others make up for when it is missing
(``is_needed: false``) is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from warehouse.cohorts.columns import stroke_columns
from warehouse.cohorts.membership import StudySql
from warehouse.dbt.project import mart
from warehouse.definitions.dictionary import Extract, dictionary
from warehouse.definitions.study import StudyDefinition

INDICATOR, LINE, CRITERION = "indicator", "table line", "criterion"
# In the place of a study, of what is of none.
REGISTRY = "registry"
# Of an indicator's columns, the one that people read.
SHOWN = ("pct_", "median_")


class FieldUse(NamedTuple):
    """A field of an extract that something published needs; ``name`` is its column or step."""

    kind: str
    study: str
    name: str
    extract: str
    field: str

    @property
    def text(self) -> str:
        """Name of the indicator, line or criterion, for people."""
        of_study = "" if self.study == REGISTRY else f" of {self.study}"
        return f"{self.kind} {self.name}{of_study}"


def field_uses(studies: Iterable[StudyDefinition]) -> list[FieldUse]:
    """Every use of a field. Raises ConditionError for an expression of a study that is wrong."""
    needs: dict[tuple[str, str, str], Iterable[str]] = {}
    for name, meta in mart("registry", "monthly_indicators").column_meta.items():
        if name.startswith(SHOWN):
            needs[INDICATOR, REGISTRY, name] = (meta["of"],)
    for study in studies:
        sql = StudySql(study)
        needs |= {(CRITERION, study.name, step): used for step, used in sql.columns_read()}
        needs |= {(LINE, study.name, line): used for line, used in sql.columns_of_lines()}
    return sorted(
        FieldUse(*use, *field)
        for use, columns in needs.items()
        for field in {field for column in columns for field in fields_of(column)}
    )


def _tables() -> dict[str, Extract]:
    return {extract.registry_table: extract for extract in dictionary().extracts.values()}


def fields_of(column: str) -> Iterator[tuple[str, str]]:
    """Yield extract and name of the fields that a column of a treated stroke is made of."""
    known = stroke_columns().get(column)
    sources = known.made_from if known else ()
    if not sources:
        same = (name for name in _tables() if column in mart("registry", name).column_meta)
        sources = tuple(f"{name}.{column}" for name in list(same)[:1])
    for source in sources:
        yield from _fields(source)


def _fields(column: str) -> Iterator[tuple[str, str]]:
    """Yield extract and name of the fields that a column of the registry needs."""
    table, name = column.split(".")
    extract, meta = _tables()[table], mart("registry", table).column_meta.get(name, {})
    if not meta.get("is_needed", True):
        return
    for source in meta.get("made_from", ()):
        yield from _fields(source)
    if "made_from" not in meta:
        yield from (
            (extract.name, field.name)
            for field in extract.landed_fields
            if field.landed_name == name
        )

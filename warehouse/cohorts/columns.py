"""The columns of the registry that a study's conditions may use: one row per treated stroke."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from warehouse.dbt.project import DBT_DIR, declared_models
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.rule_text import meaning
from warehouse.landing.schemas import ARROW_TYPES, SQL_TYPES

# The relation that conditions read, and the marts that document most of its columns.
STROKES = "int_strokes"
DOCUMENTED_IN = (
    "models/intermediate/clinical/int_strokes.yml",
    "models/marts/registry/treated_patients.yml",
    "models/marts/registry/patients.yml",
    "models/marts/registry/procedures.yml",
)
# What a mart has and the relation has not: where a row came from, and which procedure it was.
_OF_A_FILE = {"source_file", "source_row", "delivered_on", "is_warned"}
_OF_A_ROW = {"is_index_procedure", "is_followup_due", "is_followed_up", "treated_month"}


class StrokeColumn(NamedTuple):
    """A column: DuckDB type, meaning, and the delivered fields that it is made from.

    ``of_codes`` is what it shows of the field's codes: their list's column (``code``, ``label``).
    """

    sql_type: str
    description: str
    made_from: tuple[str, ...]
    of_codes: str = "code"


class MemberColumn(NamedTuple):
    """A column of ``studies.members``: name, DuckDB type, meaning, and what it is made from."""

    name: str
    sql_type: str
    description: str
    made_from: tuple[str, ...] = ()


@cache
def stroke_columns() -> dict[str, StrokeColumn]:
    """Return the columns of a treated stroke by name."""
    words = dictionary()
    return _documented() | {
        field.name: StrokeColumn(
            SQL_TYPES[ARROW_TYPES[field.type]], meaning(field, words), (f"patients.{field.name}",)
        )
        for field in words.study_variables
    }


def member_columns() -> Iterator[MemberColumn]:
    """Yield the columns of ``studies.members``: the study's, and those of a treated stroke.

    The variables of a hospital's own studies are in ``registry.study_variables``.
    """
    yield MemberColumn("study", "varchar", "Name of the study, which is that of its folder.")
    yield MemberColumn("study_group", "varchar", "Group of the study; all where it compares none.")
    yield MemberColumn(
        "variables",
        "map(varchar, double)",
        "Values of the study's own variables; yes is 1, no is 0.",
    )
    yield MemberColumn(
        "subgroups",
        "map(varchar, varchar)",
        "Part of each subgroup of the study that the patient is in; unknown, or none, in no part.",
    )
    for name, column in _documented().items():
        if name not in _OF_A_FILE:
            yield MemberColumn(name, column.sql_type, column.description, column.made_from)


def _documented() -> dict[str, StrokeColumn]:
    columns: dict[str, StrokeColumn] = {}
    for path in DOCUMENTED_IN:
        (model, *_) = declared_models(DBT_DIR / path)
        for column in model["columns"]:
            if column["name"] not in _OF_A_ROW:
                meta = column.get("config", {}).get("meta", {})
                columns.setdefault(
                    column["name"],
                    StrokeColumn(
                        column["data_type"],
                        column["description"].strip(),
                        tuple(meta.get("made_from", ())),
                        meta.get("of_codes", "code"),
                    ),
                )
    return columns

"""The DuckDB types of what a dataclass or a pydantic model declares."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

SQL_TYPES = {
    str: "varchar",
    int: "bigint",
    float: "double",
    bool: "boolean",
    date: "date",
    datetime: "timestamp",
}


def sql_type(annotation: Any) -> str:
    """Return the DuckDB type of a Python type, without None. KeyError for one that is no column's.

    A tuple or list becomes a list, a dict a map, a literal text.
    """
    kind, parts = get_origin(annotation), get_args(annotation)
    if kind is None:
        return SQL_TYPES[annotation]
    if kind is Literal:
        return "varchar"
    inner = [sql_type(part) for part in parts if part not in (NoneType, Ellipsis)]
    if kind in (tuple, list):
        return f"{inner[0]}[]"
    return f"map({', '.join(inner)})" if kind is dict else inner[0]


def sql_columns(record: type, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Columns of a dataclass and their DuckDB types, in order, except those of ``without``."""
    types = get_type_hints(record)
    names = (field.name for field in fields(record) if field.name not in without)
    return {name: sql_type(types[name]) for name in names}

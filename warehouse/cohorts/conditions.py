"""Conditions of a study: SQL expressions on the registry's columns, and on nothing else.

DuckDB's own parser reads an expression; only the kinds of nodes and the functions that are listed
here pass, so that a condition cannot read a file, another table or a setting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from datetime import date
from functools import cache
from typing import Any

import duckdb

from warehouse.definitions.study import PLACEHOLDER, Parameter
from warehouse.text import meant

LENGTH_MAX = 2_000
QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
NODES = {
    *("COLUMN_REF", "CONSTANT", "CONJUNCTION", "COMPARISON", "BETWEEN", "CASE", "CAST"),
    *("OPERATOR", "FUNCTION", "TYPE"),
}
FUNCTIONS = {
    *("+", "-", "*", "/", "//", "%", "abs", "round", "floor", "ceil", "least", "greatest"),
    *("coalesce", "nullif", "lower", "upper", "trim", "concat", "||", "contains", "starts_with"),
    *("~~", "!~~", "year", "month", "day", "date_part", "date_diff", "datediff", "date_trunc"),
    *("list_contains", "list_value", "hour", "minute"),
}
TYPES = {"boolean", "date", "double", "integer", "interval", "timestamp", "varchar"}
# What tells who a patient is, or where a row came from, is no criterion and no line.
KEYS = {"admission_key", "patient_key", "procedure_key", "source_file", "source_row"}
TODAY = {"current_date", "current_time", "current_timestamp", "now", "today", "localtimestamp"}
# DuckDB's functions for `interval 24 hour` and the like.
INTERVALS = re.compile(r"to_[a-z]+s")
DIVISION, DIVISIONS = re.compile("[/%]"), {"/", "//", "%"}
NEAR = re.compile(r'at or near "(.*)"', re.S)
LEAVES = {"COLUMN_REF", "CONSTANT", "TYPE"}


class ConditionError(Exception):
    """An expression cannot be used; the message says what was found and what is right."""


def columns_of(expression: str, columns: Collection[str]) -> tuple[str, ...]:
    """Return the columns that an expression reads, in order, each once.

    Raises ConditionError where it is none, or uses what a study must not.
    """
    found = []
    for node in nodes(parsed(expression)):
        kind = node["class"]
        if kind not in NODES:
            raise ConditionError(f"{_name(node)} is not allowed; use the registry's columns alone")
        if kind == "FUNCTION":
            _require_function(node["function_name"].lower())
        if kind == "TYPE" and node["type_name"].lower() not in TYPES:
            raise ConditionError(
                f"the type {node['type_name']} is not allowed; there are {', '.join(sorted(TYPES))}"
            )
        if kind == "COLUMN_REF":
            found.append(_column(node["column_names"], columns))
    return tuple(dict.fromkeys(found))


def operands_of(expression: str) -> tuple[str, ...]:
    """Return what an expression is computed of, each as SQL: ``a`` and ``1`` of ``a + 1``."""

    def below(tree: Any) -> Iterator[str]:
        for part in tree.values() if isinstance(tree, dict) else tree:
            if isinstance(part, dict) and part.get("class") not in (None, "TYPE"):
                yield written(part)
            elif isinstance(part, dict | list):
                yield from below(part)

    return tuple(dict.fromkeys(below(parsed(expression))))


@cache
def parts_of(expression: str) -> tuple[str, ...]:
    """Return each part of an expression that computes something, the innermost first.

    Each fails where it cannot be computed, also where the expression says `try_cast`.
    """
    tree = json.loads(_serialized(expression))["statements"][0]["node"]["select_list"]
    parts = [node for node in nodes(tree) if node["class"] not in LEAVES]
    for part in parts:
        if part["class"] == "CAST":
            part["try_cast"] = False
    return tuple(map(written, reversed(parts)))


def with_values(expression: str, values: dict[str, Parameter]) -> str:
    """Return an expression with the values of its parameters in the place of ``{name}``.

    Raises ConditionError for one that the study does not have, or that stands within quotes.
    """
    for text in QUOTED.findall(expression):
        if within := PLACEHOLDER.search(text):
            raise ConditionError(
                f"{within[0]} stands within quotes, where it is no parameter; leave the quotes out"
            )
    for name in PLACEHOLDER.findall(expression):
        if name not in values:
            raise ConditionError(f"there is no parameter {name}{meant(name, values)}")
    return PLACEHOLDER.sub(lambda found: literal(values[found[1]]), expression)


@cache
def without_infinity(expression: str) -> str:
    """Return an expression whose divisions by zero are null; DuckDB's own give infinity."""
    if not DIVISION.search(expression):
        return expression
    tree = json.loads(_serialized(expression))
    for node in nodes(tree):
        if node["class"] == "FUNCTION" and node["function_name"] in DIVISIONS:
            divisor = node["arguments"][1]
            divisor["expression"] = _or_null(divisor["expression"])
    return _written(tree)


def _or_null(divisor: dict[str, Any]) -> dict[str, Any]:
    """Return a divisor that is null where it is zero."""
    call = dict(parsed("nullif(1, 0)"))
    one, zero = call["arguments"]
    return call | {"arguments": [one | {"expression": divisor}, zero]}


def literal(value: Parameter) -> str:
    """A parameter as SQL."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, date):
        return f"date '{value}'"
    return "'" + value.replace("'", "''") + "'"


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"enable_external_access": "false"})


@cache
def parsed(expression: str) -> Any:
    """Return the tree of an expression, as DuckDB's parser reads it.

    Raises ConditionError where it is none.
    """
    if len(expression) > LENGTH_MAX:
        raise ConditionError(f"it is longer than {LENGTH_MAX} characters")
    tree = json.loads(_serialized(expression))
    if tree["error"]:
        near = NEAR.search(tree["error_message"])
        place = f" near {near[1]}" if near else ""
        raise ConditionError(
            f"it is no SQL expression{place}; close each bracket and quote, and give each sign its "
            f"two sides"
        )
    statements = tree["statements"]
    node = statements[0]["node"]
    plain = len(statements) == 1 and node["type"] == "SELECT_NODE"
    if not plain or len(node["select_list"]) != 1 or node["from_table"]["type"] != "EMPTY":
        raise ConditionError("it is more than one expression; write a single one")
    clauses = ("where_clause", "group_expressions", "having", "qualify", "sample", "modifiers")
    (found,) = node["select_list"]
    if any(node.get(clause) for clause in clauses) or found.get("alias"):
        raise ConditionError("it is more than one expression; write a single one")
    return found


def _serialized(expression: str) -> str:
    cursor = _connection().cursor()
    ((text,),) = cursor.execute(
        "select json_serialize_sql(?)", [f"select {expression}\n"]
    ).fetchall()
    return str(text)


def written(node: dict[str, Any]) -> str:
    """Return a node of a tree as SQL again."""
    tree = json.loads(_serialized("1"))
    tree["statements"][0]["node"]["select_list"] = [node]
    return _written(tree)


def _written(tree: Any) -> str:
    """Return a parsed statement as the SQL of its expression."""
    ((text,),) = (
        _connection()
        .cursor()
        .execute("select json_deserialize_sql(cast(? as json))", [json.dumps(tree)])
        .fetchall()
    )
    return str(text).removeprefix("SELECT ")


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield each node of a tree, the outermost first."""
    if isinstance(tree, dict):
        if "class" in tree:
            yield tree
        if tree.get("class") == "CONSTANT":
            return
        for part in tree.values():
            yield from nodes(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from nodes(part)


def _require_function(name: str) -> None:
    if name in TODAY:
        raise ConditionError(_of_today(name))
    if INTERVALS.fullmatch(name):
        raise ConditionError(
            "an interval is not allowed; compare minutes of the registry, such as "
            "onset_to_puncture_min, or days by date_diff('day', ..., ...)"
        )
    if name not in FUNCTIONS:
        what = "the function" if name.isidentifier() else "the sign"
        raise ConditionError(
            f"{what} {name} is not allowed; there are {', '.join(_named_functions())}"
        )


def _of_today(name: str) -> str:
    return f"{name} is another one each day, and so would the patients be; write a day as a date"


def _column(names: list[str], columns: Collection[str]) -> str:
    if len(names) == 1 and names[0].lower() in columns:
        return names[0].lower()
    if names[-1].lower() in TODAY:
        raise ConditionError(_of_today(names[-1].lower()))
    if names[-1].lower() in KEYS:
        raise ConditionError(
            f"{names[-1]} says who a patient is or where a row came from, which is no criterion"
        )
    hint = meant(names[-1], columns)
    raise ConditionError(f"the registry has no column {'.'.join(names)}{hint}")


def _name(node: dict[str, Any]) -> str:
    return f"{node['class'].lower().replace('_', ' ')} in a condition"


def _named_functions() -> list[str]:
    return sorted(name for name in FUNCTIONS if name.isidentifier())

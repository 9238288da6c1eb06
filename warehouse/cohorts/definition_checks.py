"""Checks of a study's definition that need the registry: types, names, tests, codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from functools import partial

import duckdb

from warehouse.cohorts.codes import codes_of
from warehouse.cohorts.columns import member_columns, stroke_columns
from warehouse.cohorts.compared_texts import Texts, never, require_possible
from warehouse.cohorts.conditions import ConditionError, operands_of, parts_of
from warehouse.cohorts.membership import StudySql
from warehouse.cohorts.wide_views import column_names
from warehouse.definitions.study import ALL_PATIENTS, Line, StudyDefinition
from warehouse.statistics.calls import LEVELS, YES_NO, between
from warehouse.statistics.cohort import Group
from warehouse.statistics.counts import PAIR

# What people call the types of DuckDB.
KINDS = {
    "boolean": "true or false",
    "number": "a number",
    "varchar": "a text",
    "date": "a day",
    "timestamp": "a moment",
}
UNITS_OF_TIME = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")


def require_sound(sql: StudySql) -> None:
    """Raises ConditionError for what the registry or the statistics cannot make of a study.

    A condition is true or false, a variable is a number or yes/no; a column's name is there once;
    a line has values and a test that fit its summary; a text that is compared with a code is one.
    """
    _require_types(sql)
    _require_names(sql.study)
    for _, _, line in sql.study.lines():
        _require_summary(sql.study, line)
        _require_test(sql.study, line)
        for level in line.levels:
            where = f"tables.{line.variable}.levels"
            _require_code(where, line.variable, level, codes_of(line.variable))
    for where, expression, _ in sql.expressions():
        try:
            require_possible(sql.with_values(expression), partial(_texts_of, sql.study))
        except ConditionError as error:
            raise ConditionError(f"{where}: {error}") from error


def _texts_of(study: StudyDefinition, column: str) -> Texts:
    """Return the texts that a column may have, as ``require_possible`` takes them."""
    if column == "study_group":
        return frozenset(group.study_group for group in study.groups) or frozenset({ALL_PATIENTS})
    is_text = stroke_columns()[column].sql_type == "varchar"
    return frozenset(codes_of(column)) if is_text else None


def _require_types(sql: StudySql) -> None:
    columns = stroke_columns()
    declared = ", ".join(f'"{name}" {each.sql_type}' for name, each in columns.items())
    with duckdb.connect() as connection:
        connection.execute(f"create table strokes ({declared}, study_group varchar)")
        connection.execute("insert into strokes default values")
        for where, expression, wanted in sql.expressions():
            query = f"describe select {sql.sql_of(where, expression)} from strokes"
            for part in parts_of(sql.with_values(expression)):
                _require_computable(connection, where, part)
            _require_type(where, connection.execute(query).fetchall()[0][1], wanted)


def _require_computable(connection: duckdb.DuckDBPyConnection, where: str, part: str) -> None:
    """Raises ConditionError for a part that cannot be computed whatever the columns hold.

    Of a stroke without any value, each part is unknown, unless what it says itself is no value.
    """
    try:
        connection.execute(f"select {part} from strokes").fetchall()
    except duckdb.Error as error:
        units = f"; a unit of time is one of {', '.join(UNITS_OF_TIME)}" if "date_" in part else ""
        raise ConditionError(
            f"{where}: {part} can never be known; {_kinds(connection, part)}. Write a number "
            f"without quotes, a day as '2021-12-31', and yes/no as true or false{units}"
        ) from error


def _kinds(connection: duckdb.DuckDBPyConnection, part: str) -> str:
    """Return what each part of an expression is: ``age_years is a number, ivt is yes or no``."""
    kinds = []
    for operand in operands_of(part):
        try:
            found = connection.execute(f"describe select {operand} from strokes").fetchall()[0][1]
        except duckdb.Error:
            continue
        kinds.append(f"{operand} is {KINDS.get(_kind(found), found.lower())}")
    return ", ".join(kinds)


def _require_summary(study: StudyDefinition, line: Line) -> None:
    where, own = f"tables.{line.variable}", {each.variable for each in study.variables}
    if line.variable in own and line.summary == LEVELS:
        raise ConditionError(
            f"{where}: a variable of the study is a number or yes/no and has no levels; use "
            f"n_pct, median_iqr or mean_sd, or a column of the registry that has codes"
        )
    if line.variable not in own and line.summary != LEVELS:
        wanted = "boolean" if line.summary == YES_NO else "number"
        _require_type(where, stroke_columns()[line.variable].sql_type, wanted)


def _require_type(where: str, found: str, wanted: str) -> None:
    if (kind := _kind(found)) not in wanted.split(" or "):
        shown = " or ".join(KINDS[each] for each in wanted.split(" or "))
        raise ConditionError(f"{where}: it is {KINDS.get(kind, kind)}, and must be {shown}")


def _kind(sql_type: str) -> str:
    """Return boolean, number, or a type in small letters."""
    kind = sql_type.lower()
    is_number = "[" not in kind and (
        kind.startswith(("decimal", "double", "float", "hugeint")) or "int" in kind
    )
    return "number" if is_number and "interval" not in kind else kind


def _require_names(study: StudyDefinition) -> None:
    """Raises ConditionError for two columns of one name in the cohort or a table of the study."""
    variables = [each.variable for each in study.variables]
    of_subgroups = [f"subgroup_{each.characteristic}" for each in study.subgroups]
    taken = {each.name for each in member_columns()} | {*stroke_columns()}
    for name in variables:
        if name in taken or name in of_subgroups:
            raise ConditionError(
                f"variables.{name}: the cohort has a column {name} already; call the variable "
                f"another, or use the column without a variable"
            )
    groups = [Group(each.study_group, each.label, each.prefix) for each in study.groups]
    if twice := _twice(column_names(groups, study.reference)):
        raise ConditionError(
            f"groups: their prefixes would give two columns {twice} in the tables; choose others"
        )


def _twice(names: Iterable[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)


def _require_test(study: StudyDefinition, line: Line) -> None:
    """Raises ConditionError for a test that is none, or that the values of a line cannot have."""
    if line.test is None:
        return
    groups = max(len(study.groups), PAIR)
    known = [
        name.removesuffix(".p_value") for name in between(line.summary, groups) if ".p" in name
    ]
    if line.test not in known:
        raise ConditionError(
            f"tables.{line.variable}.test: a line of {line.summary} cannot have the test "
            f"{line.test} of {groups} groups; there are {', '.join(known)}"
        )


def _require_code(where: str, column: str, text: str, codes: Collection[str]) -> None:
    """Raises ConditionError for a text that is none of the codes that a column may have."""
    if codes and text not in codes:
        raise ConditionError(f"{where}: {never(column, text, codes)}")

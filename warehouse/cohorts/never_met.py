"""Groups, parts of subgroups and steps that no patient can ever be in or pass.

Values on each side of what the conditions compare are tried together, as many as there are. A
condition that calculates is left out, so that what is found is never met, and not all is found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import prod
from typing import NamedTuple

import duckdb

from warehouse.cohorts.codes import codes_of
from warehouse.cohorts.columns import stroke_columns
from warehouse.cohorts.conditions import literal, nodes, parsed
from warehouse.cohorts.membership import StudySql
from warehouse.definitions.config import study_path
from warehouse.definitions.study import ALL_PATIENTS, StudyDefinition
from warehouse.definitions.yaml_lines import with_line

MOST_ROWS = 500_000
# Functions whose result is one of the values that they are given.
OF_VALUES = {"nullif", "least", "greatest", "list_value"}
# Of these, what they make of a text is known where it is a code.
OF_TEXTS = {
    *("lower", "upper", "trim", "concat", "||", "contains", "starts_with", "~~", "!~~"),
    "list_contains",
}
OTHER_TEXT = "another text"
FIRST, DAY, LARGEST = datetime(2020, 1, 1), 86_400.0, 1_000_000_000


class _Condition(NamedTuple):
    """A condition as SQL, what it reads, and the values that it compares."""

    sql: str
    columns: frozenset[str]
    values: frozenset[str]


_Named = Collection[tuple[str, _Condition | None]]


def never_met(study: StudyDefinition, today: date) -> Iterator[str]:
    """Yield what nobody can be in, with place and line: period, steps, groups and subgroups."""
    path = study_path(study.name)
    if study.period.start > today:
        place = with_line(path, "period")
        yield f"{place}: it starts on {study.period.start}: nobody is screened before that day"
    for place, what in _never(StudySql(study)):
        yield f"{with_line(path, place)}: {what}"


def _never(sql: StudySql) -> Iterator[tuple[str, str]]:
    study = sql.study
    groups = [
        (each.study_group, _condition(sql, f"groups.{each.study_group}", each.where))
        for each in study.groups
    ]
    group = _first(groups) if groups else literal(ALL_PATIENTS)
    known = [_population(study)]
    for step in study.flow:
        place = f"flow.{step.step}.keep"
        if step.keep and (keep := _condition(sql, place, step.keep, groups)):
            stays = str(step.unknown == "stays").lower()
            known.append(keep._replace(sql=f"coalesce({keep.sql}, {stays})"))
            if not _is_met(known[-1], known[:-1], group):
                yield place, "nobody can meet it, and each step before it"
                return
    for place, conditions in (("groups", groups), *_subgroups(sql, groups)):
        for number, (name, condition) in enumerate(conditions, start=1):
            if condition and not _is_met(_joined(conditions[:number]), known, group):
                yield (
                    f"{place}.{name}",
                    "nobody can be in it who meets the steps of the flow and is in none above it",
                )


def _subgroups(
    sql: StudySql, groups: _Named
) -> Iterator[tuple[str, list[tuple[str, _Condition | None]]]]:
    for subgroup in sql.study.subgroups:
        place = f"subgroups.{subgroup.characteristic}"
        yield (
            f"{place}.groups",
            [
                (
                    each.subgroup,
                    _condition(sql, f"{place}.{each.subgroup}", each.where, groups),
                )
                for each in subgroup.groups
            ],
        )


def _joined(conditions: list[tuple[str, _Condition | None]]) -> _Condition:
    """Return the condition that the last of several is the first that holds."""
    read = [each for _, each in conditions if each]
    columns = frozenset().union(*(each.columns for each in read))
    values = frozenset().union(*(each.values for each in read))
    name, _ = conditions[-1]
    return _Condition(f"({_first(conditions)}) = {literal(name)}", columns, values)


def _first(conditions: _Named) -> str:
    """Return SQL of the name of the first condition that holds."""
    parts = [f"when {each.sql} then {literal(name)}" for name, each in conditions if each]
    return f"case {' '.join(parts)} end" if parts else "null"


def _condition(
    sql: StudySql, where: str, expression: str, groups: _Named = ()
) -> _Condition | None:
    """Return a condition; None where trying values proves nothing, as it calculates."""
    filled = sql.with_values(expression)
    columns, values, of_texts = {*sql.columns_in(expression)}, set(), False
    for node in nodes(parsed(filled)):
        if node["class"] == "FUNCTION":
            name = node["function_name"].lower()
            of_texts |= name in OF_TEXTS
            if name not in OF_VALUES | OF_TEXTS:
                return None
        of_texts |= node["class"] == "TYPE" and node["type_name"].lower() == "varchar"
        if node["class"] == "CONSTANT":
            values.add(str(node["literal"]["text"]))
    if "study_group" in columns:
        if not all(each for _, each in groups):
            return None
        columns = columns.union(*(each.columns for _, each in groups if each)) - {"study_group"}
        values = values.union(*(each.values for _, each in groups if each))
    if of_texts and not all(map(codes_of, columns)):
        return None
    return _Condition(sql.sql_of(where, expression), frozenset(columns), frozenset(values))


def _population(study: StudyDefinition) -> _Condition:
    """Return who is screened, as a condition."""
    start, end, sites = study.period.start, study.period.end, study.site_codes
    sql, columns = [f"treated_on >= {literal(start)}"], {"treated_on"}
    if end:
        sql.append(f"treated_on <= {literal(end)}")
    if sites:
        sql.append(f"site in ({', '.join(map(literal, sites))})")
        columns.add("site")
    values = frozenset([str(start), str(end), *sites])
    return _Condition(" and ".join(sql), frozenset(columns), values)


def _is_met(wanted: _Condition, known: Collection[_Condition], group: str) -> bool:
    """Whether values are found that meet a condition, with those of the known ones that share
    its columns.
    """
    used, found = [wanted], True
    while found:
        columns = frozenset().union(*(each.columns for each in used))
        near = (each for each in known if each not in used and each.columns & columns)
        found = next((each for each in near if _size([*used, each]) <= MOST_ROWS), None)
        used += [found] if found else []
    if _size(used) > MOST_ROWS:
        return True
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        lists = ", ".join(
            f"(select unnest([{', '.join(tried)}]) as {name})"
            for name, tried in _tried(used).items()
        )
        nothing = ", ".join(
            f"cast(null as {each.sql_type}) as {name}"
            for name, each in stroke_columns().items()
            if name not in _tried(used)
        )
        rows = f"(select *, {nothing} from {lists})"
        rows = f"(select *, {group} as study_group from {rows})"
        conditions = " and ".join(f"({each.sql})" for each in used)
        query = f"select 1 from {rows} where {conditions} limit 1"
        return bool(connection.execute(query).fetchall())


def _size(conditions: Collection[_Condition]) -> int:
    return prod(len(values) for values in _tried(conditions).values())


def _tried(conditions: Iterable[_Condition]) -> dict[str, list[str]]:
    """Return the values that are tried of each column, as SQL."""
    conditions = list(conditions)
    columns = sorted(frozenset().union(*(each.columns for each in conditions)))
    values = sorted(frozenset().union(*(each.values for each in conditions)))
    return {name: [*_of_column(name, values), _null(name)] for name in columns}


def _null(name: str) -> str:
    return f"cast(null as {stroke_columns()[name].sql_type})"


def _of_column(name: str, values: Collection[str]) -> Iterator[str]:
    kind = stroke_columns()[name].sql_type
    if kind == "boolean":
        yield from ("true", "false")
    elif kind == "varchar":
        yield from map(literal, codes_of(name) or [*values, OTHER_TEXT])
    elif kind in ("date", "timestamp"):
        for seconds in _beside({0.0, *filter(None, map(_seconds, values))}, DAY):
            yield f"cast('{FIRST + timedelta(seconds=seconds)}' as {kind})"
    else:
        for number in _beside({0.0, *filter(None, map(_number, values))}, 1.0):
            if kind != "integer" or number.is_integer():
                yield f"cast({number} as {kind})"


def _beside(values: Collection[float], step: float) -> list[float]:
    """Return values with those beside and between them."""
    known = sorted({*values, max(values) + 10 * step})
    middles = (low + (high - low) / 2 for low, high in pairwise(known))
    return sorted({*known, *middles, *(each + by for each in known for by in (-step, step))})


def _number(text: str) -> float | None:
    try:
        return number if abs(number := float(text)) < LARGEST else None
    except ValueError:
        return None


def _seconds(text: str) -> float | None:
    """Return seconds since the first day; None of a text that is no moment."""
    try:
        seconds = (datetime.fromisoformat(text).replace(tzinfo=None) - FIRST).total_seconds()
    except ValueError:
        return None
    return seconds if abs(seconds) < LARGEST * 10 else None

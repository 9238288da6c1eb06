"""Storing what the checks found: ``raw.rules``, ``check_results``, ``check_failures``, findings.

What Great Expectations counts is found again by SQL made of the same expectations, in one pass
over the table, and both numbers are held against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import duckdb
import pyarrow as pa

from expectations.delivery import DeliveryRule
from expectations.rule import Described, Expectation, Rule
from warehouse.definitions.thresholds import thresholds

SEPARATOR = ", "
# How a value of a DuckDB type is written in a message; any other type as DuckDB writes it.
AS_TEXT = {
    "TIMESTAMP": "strftime({column}, '%Y-%m-%d %H:%M')",
    "DOUBLE": "round({column}, 2)",
    "FLOAT": "round({column}, 2)",
}
DESCRIBED = (
    "extract",
    "constraint",
    "severity",
    "kahn_category",
    "kahn_context",
    "title",
    "expected",
    "why",
    "source",
    "action",
)

CREATE_RESULTS = """
create or replace table raw.rules (
    rule varchar primary key, extract varchar, field varchar, "constraint" varchar,
    severity varchar, kahn_category varchar, kahn_context varchar, title varchar,
    expected varchar, why varchar, source varchar, action varchar,
    judges varchar, max_failed_share double, min_rows integer, consequence varchar
);
create or replace table raw.check_results (
    refresh_id varchar, checked_at timestamp, rule varchar, extract varchar, site varchar,
    delivered_on date, severity varchar, rows_checked bigint, rows_failed bigint, status varchar
);
create or replace table raw.check_failures (
    rule varchar, extract varchar, row_id varchar, field varchar, severity varchar,
    found varchar, expected varchar
);
create or replace table raw.delivery_findings (
    rule varchar, extract varchar, site varchar, delivered_on date, field varchar,
    severity varchar, measured double, measured_on bigint, expected varchar
);
-- Whether more rows break a rule than its threshold allows.
create or replace macro raw.is_beyond(rows_checked, rows_failed, max_failed_share, min_rows) as
    rows_failed > 0
    and rows_checked >= coalesce(min_rows, 1)
    and rows_failed > max_failed_share * rows_checked;
-- The one place that turns counts into a status: also for stored results of earlier refreshes.
create or replace macro raw.check_status(
    stored_status, severity, rows_checked, rows_failed, max_failed_share, min_rows, consequence
) as case
    when stored_status = 'errored' then 'errored'
    when rows_failed > 0 and severity = 'reject' then 'failed'
    when
        raw.is_beyond(rows_checked, rows_failed, max_failed_share, min_rows)
        and consequence <> 'flag'
        then 'failed'
    when rows_failed > 0 then 'warned'
    when rows_checked = 0 then 'not_applicable'
    else 'passed'
end;
create schema if not exists checks;
"""


def create_result_tables(connection: duckdb.DuckDBPyConnection, rules: Iterable[Described]) -> None:
    """Make the result tables anew, empty but for the rules and their thresholds."""
    connection.execute(CREATE_RESULTS)
    described = pa.Table.from_pylist([_described(rule) for rule in rules])
    connection.register("described", described)
    connection.execute("insert into raw.rules by name from described")
    connection.unregister("described")


def store_failures(
    connection: duckdb.DuckDBPyConnection, extract: str, rules: Sequence[Rule]
) -> dict[str, int]:
    """Keep the rows that break a rule as failures; returns their number by rule."""
    types = _types(connection, f"checks.{extract}")
    broken = {rule.id: (rule.decided_by, _found(rule, types)) for rule in rules}
    connection.execute(
        f"""
        create or replace table checks.{extract}_broken as
        {_broken_sql(f"checks.{extract}", ("landed_row", "site", "delivered_on"), broken)};
        insert into raw.check_failures
        select
            rules.rule, rules.extract, landed.row_id, rules.field, rules.severity, broken.found,
            rules.expected
        from checks.{extract}_broken as broken
        inner join raw.rules as rules on broken.rule = rules.rule
        inner join raw.{extract} as landed on broken.landed_row = landed.rowid
        """
    )
    return _counts(connection, f"checks.{extract}_broken")


def store_findings(
    connection: duckdb.DuckDBPyConnection, extract: str, rules: Sequence[DeliveryRule]
) -> dict[str, int]:
    """Keep the deliveries that break a rule on deliveries; returns their number by rule."""
    measured = {
        rule.id: (rule.decided_by, f"{{'value': {rule.column}, 'size': {rule.column}__size}}")
        for rule in rules
    }
    table = f"checks.{extract}_deliveries"
    connection.execute(
        f"""
        create or replace table {table}_broken as
        {_broken_sql(table, ("site", "delivered_on"), measured)};
        insert into raw.delivery_findings
        select
            rules.rule, rules.extract, broken.site, broken.delivered_on, rules.field,
            rules.severity, broken.found.value, broken.found.size, rules.expected
        from {table}_broken as broken
        inner join raw.rules as rules on broken.rule = rules.rule
        """
    )
    return _counts(connection, f"{table}_broken")


def store_results(
    connection: duckdb.DuckDBPyConnection,
    extract: str,
    rules: Sequence[Rule] | Sequence[DeliveryRule],
    errored: Sequence[str],
    stamp: tuple[str, datetime],
) -> None:
    """Store one result per rule, site and day, passed ones too.

    The rules are all on rows or all on deliveries; a rule on deliveries checks one, or none where
    too little could be measured. ``stamp`` is the refresh id and the time of the check.
    """
    on_deliveries = any(isinstance(rule, DeliveryRule) for rule in rules)
    table = f"{extract}_deliveries" if on_deliveries else extract
    counts = ", ".join(
        f"""{"0" if rule.id in errored else _judged_count(rule.decided_by)} as "{rule.id}\""""
        for rule in rules
    )
    connection.execute(
        f"""
        insert into raw.check_results
        with delivered as (
            select distinct site, delivered_on from raw.files where extract = $extract
            union
            select distinct site, delivered_on from checks.{extract}
        ),
        judged as (
            unpivot (select site, delivered_on, {counts} from checks.{table} group by all)
            on columns(* exclude (site, delivered_on)) into name rule value rows_checked
        ),
        failed as (
            select rule, site, delivered_on, count(*) as rows_failed
            from checks.{table}_broken
            group by all
        ),
        counted as (
            select
                delivered.*,
                rules.*,
                coalesce(judged.rows_checked, 0) as rows_checked,
                coalesce(failed.rows_failed, 0) as rows_failed,
            from delivered
            cross join (select * from raw.rules where rule in $rules) as rules
            left join judged using (rule, site, delivered_on)
            left join failed using (rule, site, delivered_on)
        )
        select
            $refresh_id, $checked_at, rule, $extract, site, delivered_on, severity,
            rows_checked,
            rows_failed,
            raw.check_status(
                case when rule in $errored then 'errored' end,
                severity, rows_checked, rows_failed, max_failed_share, min_rows, consequence
            )
        from counted
        order by site, delivered_on, rule
        """,
        {
            "extract": extract,
            "rules": [rule.id for rule in rules],
            "errored": list(errored),
            "refresh_id": stamp[0],
            "checked_at": stamp[1],
        },
    )


def unexpected(expectation: Expectation) -> str:
    """SQL that is true for the rows that Great Expectations counts as unexpected."""
    given = expectation.arguments
    match expectation.type:
        case "ExpectColumnValuesToNotBeNull":
            return f"{given['column']} is null"
        case "ExpectColumnValuesToBeInSet":
            values = SEPARATOR.join(_literal(value) for value in given["value_set"])
            return f"{given['column']} not in ({values})"
        case "ExpectColumnValuesToBeBetween":
            low, high = given["min_value"], given["max_value"]
            below = [] if low is None else [f"{given['column']} < {_literal(low)}"]
            above = [] if high is None else [f"{given['column']} > {_literal(high)}"]
            return f"({' or '.join(below + above)})"
        case "ExpectColumnPairValuesAToBeGreaterThanB":
            operator = "<" if given["or_equal"] else "<="
            return f"{given['column_A']} {operator} {given['column_B']}"
    raise ValueError(f"no SQL for {expectation.type}: add it here to use it in a rule")


def _described(rule: Described) -> dict[str, object]:
    threshold = thresholds().of(rule.id, rule.severity)
    return {
        "rule": rule.id,
        "field": SEPARATOR.join(rule.fields),
        **{name: getattr(rule, name) for name in DESCRIBED},
        "judges": "delivery" if isinstance(rule, DeliveryRule) else "row",
        "max_failed_share": threshold.max_failed_share,
        "min_rows": threshold.min_rows,
        "consequence": threshold.then,
    }


def _broken_sql(table: str, keys: Sequence[str], broken: dict[str, tuple[Expectation, str]]) -> str:
    """SQL of (keys, rule, found), in one pass that unfolds only rows which break something."""
    tests = {rule: unexpected(expectation) for rule, (expectation, _found) in broken.items()}
    entries = SEPARATOR.join(
        f"case when {test} then {{'rule': '{rule}', 'found': {broken[rule][1]}}} end"
        for rule, test in tests.items()
    )
    named = SEPARATOR.join(keys)
    return f"""
        with unfolded as (
            select {named}, unnest([{entries}]) as entry
            from {table}
            where {" or ".join(tests.values())}
        )
        select {named}, entry.rule as rule, entry.found as found
        from unfolded
        where entry is not null
    """


def _counts(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    return dict(connection.execute(f"select rule, count(*) from {table} group by all").fetchall())


def _judged_count(expectation: Expectation) -> str:
    """SQL that counts the rows that are judged: those with a value in each of the columns."""
    if expectation.judges_missing:
        return "count(*)"
    judged = " and ".join(f"{name} is not null" for name in expectation.columns)
    return f"count(*) filter ({judged})"


def _found(rule: Rule, types: dict[str, str]) -> str:
    """SQL of the text that says what a failing row has: the value, or each with its name."""
    if rule.constraint == "required":
        return "'missing'"
    if not rule.shown:
        return "cast(null as varchar)"
    texts = {name: _as_text(name, types[name]) for name in rule.shown}
    if len(texts) == 1:
        return texts[rule.shown[0]]
    return " || ', ' || ".join(f"'{name} ' || {text}" for name, text in texts.items())


def _as_text(column: str, sql_type: str) -> str:
    written = AS_TEXT.get(sql_type, "{column}").format(column=column)
    return f"coalesce(cast({written} as varchar), 'missing')"


def _types(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    columns = connection.table(table)
    return dict(zip(columns.columns, map(str, columns.types), strict=True))


def _literal(value: object) -> str:
    if isinstance(value, bool | int | float):
        return str(value)
    quoted = str(value).replace("'", "''")
    return f"'{quoted}'"

"""Storage of what breaks a rule: failing rows in ``raw.check_failures``, deliveries as findings.

``checks.<table>_broken`` holds the keys of what breaks a rule of a checked table, and the rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from warehouse.checks.expectation_sql import unexpected
from warehouse.checks.found_text import found_text
from warehouse.expectations.delivery import DeliveryRule
from warehouse.expectations.rule import Described, Expectation, Rule


def store_failures(
    connection: duckdb.DuckDBPyConnection, extract: str, rules: Sequence[Rule]
) -> dict[str, int]:
    """Keep the rows that break a rule as failures; returns their number by rule."""
    types = _types(connection, f"checks.{extract}")
    broken = {rule.id: (rule.decided_by, found_text(rule, types)) for rule in rules}
    keys = ("landed_row", "site", "delivered_on")
    counts = _create_broken_table(connection, extract, keys, broken)
    connection.execute(
        f"""
        insert into raw.check_failures
        select
            rules.rule, rules.extract, landed.row_id, rules.field, rules.severity, broken.found,
            {_expected(rules)}
        from checks.{extract}_broken as broken
        inner join raw.rules as rules on broken.rule = rules.rule
        inner join raw.{extract} as landed on broken.landed_row = landed.rowid
        """
    )
    return counts


def store_findings(
    connection: duckdb.DuckDBPyConnection, extract: str, rules: Sequence[DeliveryRule]
) -> dict[str, int]:
    """Keep the deliveries that break a rule on deliveries; returns their number by rule."""
    measured = {
        rule.id: (rule.decided_by, f"{{'value': {rule.column}, 'size': {rule.column}__size}}")
        for rule in rules
    }
    table = f"{extract}_deliveries"
    counts = _create_broken_table(connection, table, ("site", "delivered_on"), measured)
    connection.execute(
        f"""
        insert into raw.delivery_findings
        select
            rules.rule, rules.extract, broken.site, broken.delivered_on, rules.field,
            rules.severity, broken.found.value, broken.found.size, {_expected(rules)}
        from checks.{table}_broken as broken
        inner join raw.rules as rules on broken.rule = rules.rule
        """
    )
    return counts


def _expected(rules: Sequence[Described]) -> str:
    """SQL of the expected text, with the rule's addition for the single row or delivery."""
    cases = " ".join(
        f"when '{rule.id}' then coalesce(': ' || {rule.beside}, '')"
        for rule in rules
        if rule.beside
    )
    return f"rules.expected || case broken.rule {cases} else '' end" if cases else "rules.expected"


def _create_broken_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    keys: Sequence[str],
    broken: dict[str, tuple[Expectation, str]],
) -> dict[str, int]:
    """Build ``checks.<table>_broken`` (keys, rule, found); returns its rows counted by rule.

    ``broken`` gives for each rule its expectation and the SQL of the found value. One pass, that
    unfolds only rows which break something, and only into the rules that they break.
    """
    tests = {rule: unexpected(expectation) for rule, (expectation, _found) in broken.items()}
    names = ", ".join(f"case when {test} then '{rule}' end" for rule, test in tests.items())
    found = " ".join(f"when '{rule}' then {sql}" for rule, (_expectation, sql) in broken.items())
    connection.execute(
        f"""
        create or replace table checks.{table}_broken as
        with unfolded as (
            select *, unnest(list_filter([{names}], lambda name: name is not null)) as rule
            from checks.{table}
            where {" or ".join(tests.values())}
        )
        select {", ".join(keys)}, rule, case rule {found} end as found from unfolded
        """
    )
    counts = f"select rule, count(*) from checks.{table}_broken group by all"
    return dict(connection.execute(counts).fetchall())


def _types(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    columns = connection.table(table)
    return dict(zip(columns.columns, map(str, columns.types), strict=True))

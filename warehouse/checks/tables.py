"""SQL of the checked tables: landed rows with the columns that rules read, and their deliveries.

``checks.<extract>`` holds one row per landed row, ``checks.<extract>_counted`` one per delivery
with its aggregates, ``checks.<extract>_deliveries`` one per delivery with its measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from warehouse.checks.expectation_sql import n_checked
from warehouse.checks.site_ranges import own_bounds
from warehouse.definitions.dictionary import Extract
from warehouse.expectations.delivery import EARLIER, DeliveryRule, Measure
from warehouse.expectations.rule import KNOWN_AS, Rule, admission_of
from warehouse.expectations.suites import Suite


def create_check_table(
    connection: duckdb.DuckDBPyConnection, extract: Extract, suite: Suite, checked: Sequence[str]
) -> None:
    """Build ``checks.<extract>``: one row per landed row, with what the rules look at.

    ``landed_row`` is the row's number in ``raw.<extract>``. ``checked`` names the extracts whose
    accepted rows are known by now.
    """
    derived = _derived([*suite.rows, *(rule.measure for rule in suite.deliveries)])
    joins = [
        f"left join checks.{KNOWN_AS[name]} "
        f"on {admission_of('landed')} = {KNOWN_AS[name]}.known_admission"
        for name in checked
        if name in KNOWN_AS
    ]
    joins.append("left join raw.time_zones as clock on landed.site = clock.site")
    conditions = {rule.column: rule.condition for rule in suite.rows if rule.condition}
    limits = own_bounds(connection) | derived
    connection.execute(
        f"""
        create or replace table checks.{extract.name} as
        with known as (
            select {_selected(limits, "landed.rowid as landed_row", "landed.*", "clock.earliest")}
            from raw.{extract.name} as landed
            {" ".join(joins)}
        )
        select {_selected(conditions, *_looked_at(extract, suite))} from known
        """
    )


def create_deliveries_table(
    connection: duckdb.DuckDBPyConnection, extract: str, suite: Suite
) -> None:
    """Build ``checks.<extract>_deliveries``: one row per site and day, one column per measure.

    A measure that rests on too little is null. Its size stands in ``<measure>__size``.
    """
    _create_counted_table(connection, extract, suite)
    earlier = _of_earlier_deliveries(suite)
    looked_up, again = _looked_up(suite)
    sizes = {f"{rule.column}__size": rule.size for rule in suite.deliveries}
    measures = {
        rule.column: f"case when {rule.column}__size >= {rule.minimum} then {rule.value} end"
        for rule in suite.deliveries
    }
    connection.execute(
        f"""
        create or replace table checks.{extract}_deliveries as
        with looked_up as (
            -- Of two columns: DuckDB plans each lookup with all columns of the row that it is for.
            select {_selected(looked_up, "site", "delivered_on")}
            from (select site, delivered_on from checks.{extract}_counted) as delivered
        ),
        with_earlier as (
            select {_selected(earlier | again, "*")}
            from checks.{extract}_counted
            inner join looked_up using (site, delivered_on)
            window earlier as (
                partition by site
                order by delivered_on
                rows between unbounded preceding and 1 preceding
            ),
            alike as (
                partition by site, mode
                order by delivered_on
                rows between unbounded preceding and 1 preceding
            )
        ),
        sized as (select {_selected(sizes, "*")} from with_earlier)
        select {_selected(measures, "site", "delivered_on", *sizes)} from sized
        """
    )


def _looked_up(suite: Suite) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the measures look up (columns and their SQL), and the columns that repeat it."""
    columns = {name: sql for rule in suite.deliveries for name, sql in rule.looked_up.items()}
    first = {sql: name for name, sql in reversed(columns.items())}
    once = {name: sql for sql, name in first.items()}
    return once, {name: first[sql] for name, sql in columns.items() if name not in once}


def _of_earlier_deliveries(suite: Suite) -> dict[str, str]:
    """Return what the measures compare aggregates with: columns and their SQL."""
    used = " ".join(rule.value + rule.size for rule in suite.deliveries)
    return {
        f"{name}__{side}": sql.format(name=name)
        for rule in suite.deliveries
        for name in rule.aggregates
        for side, sql in EARLIER.items()
        if f"{name}__{side}" in used
    }


def measured_rules(
    connection: duckdb.DuckDBPyConnection, extract: str, rules: Sequence[DeliveryRule]
) -> list[DeliveryRule]:
    """The rules that have a measure of at least one delivery."""
    counts = ", ".join(f"count({rule.column})" for rule in rules)
    row = connection.execute(f"select {counts} from checks.{extract}_deliveries").fetchone()
    return [rule for rule, count in zip(rules, row or (), strict=True) if count]


def _create_counted_table(
    connection: duckdb.DuckDBPyConnection, extract: str, suite: Suite
) -> None:
    """Count each delivery in one pass: for its measures, and how many rows each rule checks.

    A delivery without rows, or of files that were sent again, has no counts; what it lacks is
    looked up.
    """
    counts = {f'"{rule.id}"': n_checked(rule.decided_by) for rule in suite.rows}
    for rule in suite.deliveries:
        counts |= rule.aggregates
    connection.execute(
        f"""
        create or replace table checks.{extract}_counted as
        with delivered as (
            select distinct site, delivered_on from raw.places where extract = '{extract}'
            union
            select distinct site, delivered_on from checks.{extract}
        ),
        modes as (
            -- A delivery is full when all of its files are.
            select site, delivered_on, min(mode) as mode from raw.files
            where extract = '{extract}'
            group by all
        ),
        counted as (
            select {_selected(counts, "site", "delivered_on")}
            from checks.{extract}
            group by site, delivered_on
        )
        select
            delivered.site, delivered.delivered_on, modes.mode,
            counted.* exclude (site, delivered_on)
        from delivered
        left join modes using (site, delivered_on)
        left join counted using (site, delivered_on)
        """
    )


def _looked_at(extract: Extract, suite: Suite) -> list[str]:
    """Return the columns that checks and messages read, without conditions."""
    conditions = {rule.column for rule in suite.rows if rule.condition}
    names = ["landed_row", "site", "delivered_on"]
    for rule in suite.rows:
        names += [*rule.shown, rule.decided_by.column]
    for delivery_rule in suite.deliveries:
        fields = [extract.field(name) for name in delivery_rule.fields]
        names += [str(field.landed_name) for field in fields if not field.identifier]
        names += delivery_rule.measure.derived
    return [name for name in dict.fromkeys(names) if name not in conditions]


def _derived(sources: Iterable[Rule | Measure]) -> dict[str, str]:
    """All derived columns; ValueError when two rules mean different things by one name."""
    columns: dict[str, str] = {}
    for source in sources:
        for name, sql in source.derived.items():
            if columns.setdefault(name, sql) != sql:
                raise ValueError(f"the column {name} is derived as {columns[name]} and as {sql}")
    return columns


def _selected(columns: Mapping[str, str | None], *plain: str) -> str:
    return ", ".join([*plain, *(f"{sql} as {name}" for name, sql in columns.items())])

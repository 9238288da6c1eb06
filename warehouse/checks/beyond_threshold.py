"""Consequences where more rows of a delivery break a rule than its threshold allows."""

from __future__ import annotations

from datetime import datetime

import duckdb

# What of the extract is beyond a threshold that does more than flag: rarely anything.
CREATE_BEYOND = """
    create or replace table checks.{extract}_beyond as
    select * from raw.allowed_results
    where
        extract = $extract
        and raw.is_beyond(rows_checked, rows_failed, max_failed_share, min_rows)
"""
REJECT_ROWS = """
    update raw.check_failures as failures
    set severity = 'reject'
    from checks.{extract}_beyond as beyond, raw.{extract} as landed
    where
        beyond.consequence = 'reject_row'
        and failures.rule = beyond.rule
        and failures.row_id = landed.row_id
        and landed.site = beyond.site
        and landed.delivered_on = beyond.delivered_on
"""
STORE_HELD = """
    insert into raw.held_deliveries
    select
        extract,
        site,
        delivered_on,
        string_agg(
            rule || ' (' || rows_failed || ' of ' || rows_checked || ')', ', ' order by rule
        ) as found,
    from checks.{extract}_beyond
    where consequence = 'hold_delivery'
    group by extract, site, delivered_on
"""
HELD = "select * from raw.held_deliveries where extract = $extract"
HOLD_ROWS = f"""
    insert into raw.check_failures
    select rules.rule, rules.extract, landed.row_id, rules.field, rules.severity, held.found,
        rules.expected || '; broken: ' || held.found
    from ({HELD}) as held
    inner join raw.{{extract}} as landed
        on held.site = landed.site and held.delivered_on = landed.delivered_on
    inner join raw.rules as rules on rules.rule = $extract || '.delivery.held'
"""
STORE_HELD_RESULTS = f"""
    insert into raw.check_results
    with delivered as (
        select site, delivered_on, count(*) as rows_checked from raw.{{extract}} group by all
    ),
    counted as (
        select
            delivered.*,
            case when held.site is null then 0 else delivered.rows_checked end as rows_failed,
        from delivered
        left join ({HELD}) as held
            on delivered.site = held.site and delivered.delivered_on = held.delivered_on
    )
    select
        $refresh_id, $checked_at, rules.rule, $extract, counted.site, counted.delivered_on,
        rules.severity, counted.rows_checked, counted.rows_failed,
        raw.check_status(
            null, rules.severity, counted.rows_checked, counted.rows_failed,
            rules.max_failed_share, rules.min_rows, rules.consequence
        )
    from counted
    inner join raw.rules as rules on rules.rule = $extract || '.delivery.held'
    order by counted.site, counted.delivered_on
"""


def apply_consequences(
    connection: duckdb.DuckDBPyConnection, extract: str, stamp: tuple[str, datetime]
) -> None:
    """Reject the rows, or all rows of the delivery, that a threshold says; store what was held.

    The results of the extract must be stored. ``stamp`` is the refresh id and the time.
    """
    named = {"extract": extract}
    connection.execute(CREATE_BEYOND.format(extract=extract), named)
    connection.execute(REJECT_ROWS.format(extract=extract))
    connection.execute(STORE_HELD.format(extract=extract))
    connection.execute(HOLD_ROWS.format(extract=extract), named)
    connection.execute(
        STORE_HELD_RESULTS.format(extract=extract),
        named | {"refresh_id": stamp[0], "checked_at": stamp[1]},
    )

"""Results of landing's own rules, stored beside those of Great Expectations."""

from __future__ import annotations

from datetime import datetime

import duckdb

from warehouse.checks.own_thresholds import meet_own_thresholds

# Landing decides these kinds of rules. A type, a complete date and a readable line are checked row
# by row, all others once per file. A file that was resent unchanged is not checked again.
STORE_LANDING_RESULTS = """
insert into raw.check_results by name
with delivered as (
    select
        extract,
        site,
        delivered_on,
        count(*) as n_files,
        cast(sum(rows_landed + rows_unreadable) as bigint) as n_rows,
    from raw.files
    where status <> 'duplicate'
    group by all
),
failed as (
    select
        rule,
        site,
        delivered_on,
        count(distinct (source_file, coalesce(source_row, 0))) as rows_failed,
    from raw.landing_violations
    group by all
),
counted as (
    select
        rules.*,
        delivered.site,
        delivered.delivered_on,
        case
            when
                rules."constraint" = 'type'
                or ends_with(rules.rule, '.line.readable')
                or ends_with(rules.rule, '.dates.complete')
                then delivered.n_rows
            else delivered.n_files
        end as rows_checked,
        coalesce(failed.rows_failed, 0) as rows_failed,
    from raw.rules as rules
    inner join delivered on rules.extract = delivered.extract
    left join failed
        on rules.rule = failed.rule
        and delivered.site = failed.site
        and delivered.delivered_on = failed.delivered_on
    where rules."constraint" in ('type', 'readable')
)
select
    $refresh_id as refresh_id,
    $checked_at as checked_at,
    rule,
    extract,
    site,
    delivered_on,
    severity,
    rows_checked,
    rows_failed,
    raw.check_status(
        null, severity, rows_checked, rows_failed, max_failed_share, min_rows, consequence
    ) as status,
from counted
order by site, delivered_on, extract, rule
"""


def store_landing_results(
    connection: duckdb.DuckDBPyConnection, refresh_id: str, checked_at: datetime
) -> None:
    """Add one result per rule of landing, site and day of delivery to ``raw.check_results``."""
    connection.execute(STORE_LANDING_RESULTS, {"refresh_id": refresh_id, "checked_at": checked_at})
    meet_own_thresholds(connection)

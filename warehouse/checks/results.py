"""Tables of check results, with ``raw.rules`` and ``raw.check_results``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import duckdb

from warehouse.checks.own_thresholds import store_own_thresholds
from warehouse.definitions.measures import SHARE
from warehouse.definitions.thresholds import Thresholds
from warehouse.expectations.delivery import DeliveryRule
from warehouse.expectations.rule import Constraint, Described
from warehouse.expectations.suites import RuleBook, Suite

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
    scope varchar, unit varchar, max_failed_share double, min_rows integer, consequence varchar
);
create or replace table raw.check_results (
    refresh_id varchar, checked_at timestamp, rule varchar, extract varchar, site varchar,
    delivered_on date, severity varchar, rows_checked bigint, rows_failed bigint, status varchar
);
create or replace table raw.check_failures (
    rule varchar, extract varchar, row_id varchar, field varchar, severity varchar,
    found varchar, expected varchar
);
create or replace table raw.switched_off (
    site varchar, rule varchar, because varchar, is_off boolean
);
-- ``problem`` says why an entry does not count; ``allowed_results`` has what counts at each site.
create or replace table raw.own_thresholds (
    site varchar, rule varchar, max_failed_share double, min_rows integer, consequence varchar,
    problem varchar
);
create or replace view raw.allowed_results as
select
    results.*,
    own.rule is not null as is_own,
    coalesce(own.max_failed_share, rules.max_failed_share) as max_failed_share,
    coalesce(own.min_rows, rules.min_rows) as min_rows,
    coalesce(own.consequence, rules.consequence) as consequence
from raw.check_results as results
inner join raw.rules as rules on results.rule = rules.rule
left join raw.own_thresholds as own
    on results.site = own.site and results.rule = own.rule and own.problem is null;
create or replace table raw.impossible_values (row_id varchar, derived_column varchar);
create or replace table raw.delivery_findings (
    rule varchar, extract varchar, site varchar, delivered_on date, field varchar,
    severity varchar, measured double, measured_on bigint, expected varchar
);
create or replace table raw.held_deliveries (
    extract varchar, site varchar, delivered_on date, found varchar
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
-- Whether an hour came twice on the site's clock: DuckDB takes a time in it for the second.
create or replace macro raw.came_twice(time_zone, moment) as
    timezone(time_zone, timezone(time_zone, moment) - interval 1 hour) = moment;
-- The checked tables: in memory, since nobody needs them afterwards.
attach if not exists ':memory:' as checks;
"""


# Kinds of rules that a site may switch off: without others, rows cannot be read or counted.
MAY_BE_OFF: tuple[Constraint, ...] = ("usual", "clinical", "delivery", "complete")
STORE_SWITCHED_OFF = """
insert into raw.switched_off
select off.site, off.rule, off.because, coalesce(rules."constraint" in $kinds, false)
from raw.rules_off as off
left join raw.rules as rules on off.rule = rules.rule
order by all
"""

STORE_RESULTS = """
insert into raw.check_results
with delivered as (
    select distinct site, delivered_on from raw.files where extract = $extract
    union
    select site, delivered_on from checks.{extract}_counted
),
checked as (
    unpivot (
        select site, delivered_on, {checked}
        from checks.{extract}_counted
        inner join checks.{extract}_deliveries using (site, delivered_on)
    )
    on columns(* exclude (site, delivered_on)) into name rule value rows_checked
),
broken as (
    select rule, site, delivered_on from checks.{extract}_broken
    union all
    select rule, site, delivered_on from checks.{extract}_deliveries_broken
),
failed as (
    select rule, site, delivered_on, count(*) as rows_failed from broken group by all
),
counted as (
    select
        delivered.*,
        rules.*,
        coalesce(checked.rows_checked, 0) as rows_checked,
        coalesce(failed.rows_failed, 0) as rows_failed,
    from delivered
    cross join (select * from raw.rules where rule in $rules) as rules
    left join checked using (rule, site, delivered_on)
    left join failed using (rule, site, delivered_on)
)
select
    $refresh_id, $checked_at, rule, $extract, site, delivered_on, severity, rows_checked,
    rows_failed,
    raw.check_status(
        null, severity, rows_checked, rows_failed, max_failed_share, min_rows, consequence
    )
from counted
order by site, delivered_on, scope desc, rule
"""


def create_result_tables(connection: duckdb.DuckDBPyConnection, book: RuleBook) -> None:
    """Create the result tables, empty except for the rules and their thresholds."""
    connection.execute(CREATE_RESULTS)
    connection.execute(
        "insert into raw.rules by name select unnest($rules, max_depth := 2)",
        {"rules": [_described(rule, book.allowed) for rule in book.rules]},
    )
    connection.execute(STORE_SWITCHED_OFF, {"kinds": list(MAY_BE_OFF)})
    store_own_thresholds(connection, book)


def store_results(
    connection: duckdb.DuckDBPyConnection, extract: str, suite: Suite, stamp: tuple[str, datetime]
) -> None:
    """Store one result per rule, site and day, passed ones too.

    A rule on deliveries checks one, or none where too little could be measured. ``stamp`` is the
    refresh id and the time of the check.
    """
    checked = [f'"{rule.id}"' for rule in suite.rows]
    checked += [
        f'cast({rule.column} is not null as bigint) as "{rule.id}"' for rule in suite.deliveries
    ]
    connection.execute(
        STORE_RESULTS.format(extract=extract, checked=", ".join(checked)),
        {
            "extract": extract,
            "rules": [rule.id for rule in (*suite.rows, *suite.deliveries)],
            "refresh_id": stamp[0],
            "checked_at": stamp[1],
        },
    )


def store_errors(
    connection: duckdb.DuckDBPyConnection,
    extract: str,
    rules: Iterable[str],
    stamp: tuple[str, datetime],
) -> None:
    """Store rules that could not be worked out, in place of any result of theirs."""
    connection.execute("delete from raw.check_results where rule in $rules", {"rules": list(rules)})
    connection.execute(
        f"""
        insert into raw.check_results
        select
            $refresh_id, $checked_at, rules.rule, rules.extract, delivered.site,
            delivered.delivered_on, rules.severity, 0, 0, 'errored'
        from checks.{extract}_counted as delivered
        cross join raw.rules as rules
        where rules.rule in $rules
        """,
        {"rules": list(rules), "refresh_id": stamp[0], "checked_at": stamp[1]},
    )


def _described(rule: Described, allowed: Thresholds) -> dict[str, object]:
    threshold = rule.allowed(allowed)
    return {
        "rule": rule.id,
        "field": ", ".join(rule.fields),
        **{name: getattr(rule, name) for name in DESCRIBED},
        "scope": "delivery" if isinstance(rule, DeliveryRule) else "row",
        "unit": rule.unit if isinstance(rule, DeliveryRule) else SHARE,
        "max_failed_share": threshold.max_failed_share,
        "min_rows": threshold.min_rows,
        "consequence": threshold.then,
    }

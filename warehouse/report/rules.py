"""Rules on the quality page: those with open queries and their records, and all others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from warehouse.queries import IS_NEW, IS_OPEN
from warehouse.releases.reader import Release, Row
from warehouse.report.order import BLOCKS_MOST
from warehouse.report.trends import Trends

# The size of the page is divided evenly among the rules, within limits for each rule.
RECORDS_ON_PAGE, RECORDS_PER_RULE, RECORDS_PER_RULE_MIN = 2_000, 40, 5
SITES_ON_PAGE, SITES_PER_RULE = 800, 12
REMEDIES_PER_RULE = 3

OPEN_RULES = f"""
select
    rule, any_value(title) as title, any_value(kahn_category) as kahn_category,
    min(extract) as extract,
    case when min(field) = max(field) then min(field) end as field, min(severity) as severity,
    any_value(why) as why,
    list_sort(list(distinct action))[:$remedies] as actions, count(*) as n_open,
    count(*) filter ({IS_NEW}) as n_new, max(age_days) as oldest_days
from quality.violations
where {IS_OPEN}
group by rule
order by severity, bool_and(source_row is not null) and not ends_with(rule, '.delivery.held'),
    count(caused_by_file) > 0, split_part(rule, '.', -1) not in ('required', 'unique', 'reference'),
    oldest_days desc, n_open desc, rule
"""

RECORDS = f"""
select rule, source_file, source_row, record_key, field, expected, caused_by_file, caused_by_row,
    is_new, age_days
from quality.violations
where {IS_OPEN}
qualify row_number() over (partition by rule order by {BLOCKS_MOST}) <= $shown
order by rule, {BLOCKS_MOST}
"""

SITES = f"""
with checked as (
    select
        rule, site, cast(sum(rows_checked) as bigint) as rows_checked,
        cast(sum(rows_failed) as bigint) as rows_failed,
        max(threshold_share) as threshold_share,
        count(*) filter (not is_within_threshold) as n_over
    from quality.check_results
    where refresh_id = $refresh_id
    group by all
),

open_queries as (
    select rule, site, count(*) as n_open
    from quality.violations
    where {IS_OPEN}
    group by all
)

select
    coalesce(open_queries.rule, checked.rule) as rule,
    coalesce(open_queries.site, checked.site) as site, coalesce(open_queries.n_open, 0) as n_open,
    checked.rows_checked, checked.rows_failed, checked.threshold_share, checked.n_over,
    checked.rows_failed / nullif(checked.rows_checked, 0) as failed_share
from open_queries
full outer join checked
    on open_queries.rule = checked.rule and open_queries.site = checked.site
order by n_open desc, site
"""

HOLDING_RULES = f"""
select
    rule, any_value(title) as title, any_value(extract) as extract,
    cast(sum(rows_checked) as bigint) as rows_checked,
    cast(sum(rows_failed) as bigint) as rows_failed,
    bool_and(status = 'not_applicable') as is_not_applicable
from quality.check_results
where
    refresh_id = $refresh_id
    and rule not in (select rule from quality.violations where {IS_OPEN})
group by rule
order by extract, rows_failed desc, rule
"""


def open_rules(release: Release, trends: Trends) -> list[Row]:
    """Return the rules with open queries, most blocking first, with records, sites and trends."""
    rules = release.rows(OPEN_RULES, remedies=REMEDIES_PER_RULE)
    n_rules = max(len(rules), 1)
    n_records = max(min(RECORDS_ON_PAGE // n_rules, RECORDS_PER_RULE), RECORDS_PER_RULE_MIN)
    records = _by_rule(release.rows(RECORDS, shown=n_records))
    sites = _by_rule(release.rows(SITES, refresh_id=release.refresh["refresh_id"]))
    n_sites = max(min(SITES_ON_PAGE // n_rules, SITES_PER_RULE), 1)
    for rule in rules:
        name = rule["rule"]
        rule["records"] = records[name]
        rule["n_more"] = rule["n_open"] - len(records[name])
        rule["sites"] = sites[name][:n_sites]
        rule["n_more_sites"] = len(sites[name][n_sites:])
    _add_trends(rules, trends, "rule")
    _add_trends([site for rule in rules for site in rule["sites"]], trends, "rule", "site")
    return rules


def holding_rules(release: Release, trends: Trends) -> list[Row]:
    """Return the rules without open queries, with their earlier failures."""
    rules = release.rows(HOLDING_RULES, refresh_id=release.refresh["refresh_id"])
    _add_trends(rules, trends, "rule")
    return rules


def _add_trends(rows: list[Row], trends: Trends, *keys: str) -> None:
    open_counts, failed_counts = trends.open_by(*keys), trends.failed_by(*keys)
    for row in rows:
        values = [row[key] for key in keys]
        row["open"], row["failed"] = open_counts(*values), failed_counts(*values)


def _by_rule(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["rule"]].append(row)
    return grouped

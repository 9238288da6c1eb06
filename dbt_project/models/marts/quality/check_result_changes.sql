-- Stored counts, those of earlier refreshes too, meet today's thresholds (a site may have its own)
-- and severities, so
-- that changing a threshold needs no check to run again. `raw.check_status` and `raw.is_beyond` are
-- the checks' own macros (warehouse/checks/results.py).

with

check_result_changes as (select * from {{ source('raw', 'check_result_changes') }}),
rules as (select * from {{ ref('stg_rules') }}),
own_thresholds as (select * from {{ source('raw', 'own_thresholds') }}),

with_rules as (

    select
        check_result_changes.* replace (
            coalesce(rules.severity, check_result_changes.severity) as severity
        ),
        rules.title,
        rules.field,
        rules.kahn_category,
        rules.kahn_context,
        coalesce(own_thresholds.consequence, rules.consequence) as consequence,
        coalesce(own_thresholds.min_rows, rules.min_rows) as fewest_rows,
        coalesce(own_thresholds.max_failed_share, rules.max_failed_share) as threshold_share,
        check_result_changes.rows_failed / nullif(check_result_changes.rows_checked, 0)
            as failed_share
    from check_result_changes
    left join rules
        on check_result_changes.rule = rules.rule
    left join own_thresholds
        on
            check_result_changes.rule = own_thresholds.rule
            and check_result_changes.site = own_thresholds.site
            and own_thresholds.problem is null

),

compared as (

    select
        rule,
        title,
        extract,
        field,
        site,
        severity,
        kahn_category,
        kahn_context,
        consequence,
        rows_checked,
        rows_failed,
        failed_share,
        threshold_share,
        since_refresh,
        until_refresh,
        delivered_on,
        raw.check_status(
            status, severity, rows_checked, rows_failed, threshold_share, fewest_rows, consequence
        ) as status,
        not coalesce(raw.is_beyond(rows_checked, rows_failed, threshold_share, fewest_rows), false)
            as is_within_threshold
    from with_rules

)

select * from compared
order by delivered_on, site, extract, rule, since_refresh

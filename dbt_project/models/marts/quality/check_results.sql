-- Stored counts are judged by today's thresholds and severities, those of earlier refreshes too, so
-- that changing a threshold needs no check to run again. `raw.check_status` and `raw.is_beyond` are
-- the checks' own macros (warehouse/checks/results.py).

with

check_results as (

    select * from {{ ref('stg_check_results') }}

),

check_results_history as (

    select * from {{ ref('stg_check_results_history') }}

),

rules as (

    select * from {{ ref('stg_rules') }}

),

all_results as (

    select * from check_results
    union all
    select * from check_results_history

),

with_rules as (

    select
        all_results.* replace (
            coalesce(rules.severity, all_results.severity) as severity
        ),
        rules.title,
        rules.field,
        rules.kahn_category,
        rules.kahn_context,
        rules.consequence,
        rules.min_rows,
        rules.max_failed_share as threshold_share,
        all_results.rows_failed / nullif(all_results.rows_checked, 0) as failed_share
    from all_results
    left join rules
        on all_results.rule = rules.rule

),

judged as (

    select
        refresh_id,
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
        checked_at,
        delivered_on,
        raw.check_status(
            status, severity, rows_checked, rows_failed, threshold_share, min_rows, consequence
        ) as status,
        not coalesce(raw.is_beyond(rows_checked, rows_failed, threshold_share, min_rows), false)
            as is_within_threshold
    from with_rules

)

select * from judged
order by refresh_id, delivered_on, site, extract, rule

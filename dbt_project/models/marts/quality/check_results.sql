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

-- A refresh stores its results before it builds, so that its own are in the history already.
earlier_results as (

    select check_results_history.*
    from check_results_history
    left join check_results
        on check_results_history.refresh_id = check_results.refresh_id
    where check_results.refresh_id is null

),

all_results as (

    select * from check_results
    union all
    select * from earlier_results

),

with_shares as (

    select
        all_results.refresh_id,
        all_results.rule,
        rules.title,
        all_results.extract,
        rules.field,
        all_results.site,
        all_results.severity,
        rules.kahn_category,
        all_results.status,
        all_results.rows_checked,
        all_results.rows_failed,
        all_results.rows_failed / nullif(all_results.rows_checked, 0) as failed_share,
        case
            when all_results.severity = 'reject'
                then cast({{ var('reject_threshold_share') }} as double)
            else cast({{ var('warn_threshold_share') }} as double)
        end as threshold_share,
        all_results.checked_at,
        all_results.delivered_on
    from all_results
    left join rules
        on all_results.rule = rules.rule

),

judged as (

    select
        *,
        coalesce(failed_share, 0) <= threshold_share as is_within_threshold
    from with_shares

),

published as (

    select
        refresh_id,
        rule,
        title,
        extract,
        field,
        site,
        severity,
        kahn_category,
        status,
        rows_checked,
        rows_failed,
        failed_share,
        threshold_share,
        is_within_threshold,
        checked_at,
        delivered_on
    from judged

)

select * from published
order by refresh_id, delivered_on, site, extract, rule

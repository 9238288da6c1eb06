{{ config(materialized='new_view') }}

-- A view, since a result that does not change is one of every refresh: as a table it would grow by
-- every rule of every delivery each night.

with

check_result_changes as (select * from {{ ref('check_result_changes') }}),
refreshes as (select * from {{ ref('refreshes') }}),

of_each_refresh as (

    select
        refreshes.refresh_id,
        changes.rule,
        changes.title,
        changes.extract,
        changes.field,
        changes.site,
        changes.severity,
        changes.kahn_category,
        changes.kahn_context,
        changes.status,
        changes.consequence,
        changes.rows_checked,
        changes.rows_failed,
        changes.failed_share,
        changes.threshold_share,
        changes.is_within_threshold,
        refreshes.checked_at,
        changes.delivered_on
    from check_result_changes as changes
    inner join refreshes
        on
            changes.since_refresh <= refreshes.refresh_number
            and coalesce(changes.until_refresh, 2147483647) > refreshes.refresh_number
            and changes.delivered_on <= refreshes.as_of
    where refreshes.checked_at is not null

)

select * from of_each_refresh

with

source as (

    select * from {{ source('raw', 'check_results_history') }}

),

staged as (

    select
        refresh_id,
        checked_at,
        rule,
        extract,
        site,
        delivered_on,
        severity,
        rows_checked,
        rows_failed,
        status
    from source

)

select * from staged

with

source as (

    select * from {{ source('raw', 'check_result_changes') }}

),

staged as (

    select
        rule,
        extract,
        site,
        delivered_on,
        severity,
        rows_checked,
        rows_failed,
        status,
        since_refresh,
        until_refresh
    from source

)

select * from staged

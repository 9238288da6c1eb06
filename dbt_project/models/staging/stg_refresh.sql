with

source as (

    select * from {{ source('raw', 'refresh') }}

),

staged as (

    select
        refresh_id,
        started_at,
        as_of,
        status,
        reason,
        finished_at,
        release,
        files_landed,
        rows_landed,
        rows_unreadable,
        rows_rejected,
        rows_warned,
        rescue_stenting,
        no_rescue_stenting,
        warehouse_version,
        git_commit,
        versions,
        step_seconds
    from source

)

select * from staged

with

source as (

    select * from {{ source('raw', 'steps') }}

),

staged as (

    select
        refresh_id,
        step,
        attempt,
        started_at,
        seconds,
        rows,
        peak_memory_mb,
        status,
        what_to_do
    from source

)

select * from staged

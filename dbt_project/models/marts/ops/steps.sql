-- Earlier refreshes alone: what the steps of this one took is written when they have ended.

with

steps as (

    select * from {{ ref('stg_steps') }}

),

published as (

    select
        refresh_id,
        step,
        attempt,
        status,
        what_to_do,
        rows,
        seconds,
        peak_memory_mb,
        started_at
    from steps

)

select * from published
order by started_at, refresh_id, attempt

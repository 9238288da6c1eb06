-- None of them is among the deliveries: they were not landed, so no rule could check them.

with

skipped as (

    select * from {{ ref('stg_skipped_files') }}

),

published as (

    select
        source_file,
        reason,
        needs_correction
    from skipped

)

select * from published
order by source_file

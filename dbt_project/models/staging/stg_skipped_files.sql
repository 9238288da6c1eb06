with

source as (

    select * from {{ source('raw', 'skipped_files') }}

),

staged as (

    select
        source_file,
        reason,
        needs_correction
    from source

)

select * from staged

with

source as (

    select * from {{ source('raw', 'unread') }}

),

staged as (

    select
        source_file,
        reason,
        is_to_mend
    from source

)

select * from staged

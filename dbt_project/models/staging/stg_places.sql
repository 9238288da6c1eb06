with

source as (

    select * from {{ source('raw', 'places') }}

),

staged as (

    select
        file_id,
        extract,
        site,
        source_file,
        is_resent,
        delivered_on
    from source

)

select * from staged

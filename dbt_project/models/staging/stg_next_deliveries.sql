with

source as (

    select * from {{ source('raw', 'next_deliveries') }}

),

staged as (

    select
        extract,
        site,
        next_landed_file,
        next_full_file,
        delivered_on,
        next_landed_on,
        next_full_on
    from source

)

select * from staged

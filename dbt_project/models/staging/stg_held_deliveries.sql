with

source as (

    select * from {{ source('raw', 'held_deliveries') }}

),

staged as (

    select
        extract,
        site,
        delivered_on
    from source

)

select * from staged

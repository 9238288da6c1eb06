with

source as (

    select * from {{ source('raw', 'time_zones') }}

),

staged as (

    select
        site,
        time_zone
    from source

)

select * from staged

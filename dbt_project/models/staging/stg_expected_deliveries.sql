with

source as (

    select * from {{ source('raw', 'expected_deliveries') }}

),

staged as (

    select
        site,
        extract,
        every_days,
        is_expected
    from source

)

select * from staged

with

source as (

    select * from {{ source('raw', 'delivery_limits') }}

),

staged as (

    select
        name,
        value
    from source

)

select * from staged

with

source as (

    select * from {{ source('raw', 'check_failures') }}

),

staged as (

    select
        rule,
        extract,
        row_id,
        field,
        severity,
        found,
        expected
    from source

)

select * from staged

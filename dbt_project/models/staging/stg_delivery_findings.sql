with

source as (

    select * from {{ source('raw', 'delivery_findings') }}

),

staged as (

    select
        rule,
        extract,
        site,
        field,
        severity,
        expected,
        measured,
        measured_on,
        delivered_on
    from source

)

select * from staged

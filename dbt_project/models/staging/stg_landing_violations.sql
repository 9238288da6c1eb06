with

source as (

    select * from {{ source('raw', 'landing_violations') }}

),

staged as (

    select
        rule,
        extract,
        site,
        delivered_on,
        source_file,
        file_id,
        source_row,
        row_id,
        record_key,
        field,
        severity,
        found,
        expected,
        action
    from source

)

select * from staged

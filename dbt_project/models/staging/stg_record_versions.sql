with

source as (

    select * from {{ source('raw', 'record_versions') }}

),

staged as (

    select
        row_id,
        extract,
        site,
        record_key,
        patient_key,
        admission_key,
        source_file,
        landed_file,
        source_row,
        next_version_file,
        withdrawn_file,
        version_status,
        is_accepted,
        is_warned,
        delivered_on,
        next_version_on,
        withdrawn_on
    from source

)

select * from staged

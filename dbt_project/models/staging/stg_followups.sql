with

source as (

    select * from {{ source('raw', 'followups') }}

),

staged as (

    select
        row_id,
        site,
        delivered_on,
        source_file,
        file_id,
        source_row,
        record_key,
        patient_key,
        admission_key,
        assessed_on,
        mode,
        mrs,
        death_date,
        lost_to_followup,
        unparsed_fields
    from source

)

select * from staged

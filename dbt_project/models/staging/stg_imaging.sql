with

source as (

    select * from {{ source('raw', 'imaging') }}

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
        imaging_key,
        patient_key,
        admission_key,
        imaged_at,
        modality,
        hemorrhage_type,
        nihss_at_imaging,
        stent_patency,
        unparsed_fields
    from source

)

select * from staged

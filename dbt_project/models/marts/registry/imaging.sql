with

scans as (

    select * from {{ ref('int_imaging') }}

),

published as (

    select
        imaging_key,
        admission_key,
        patient_key,
        site,
        source_file,
        source_row,
        modality,
        hemorrhage_type,
        heidelberg_class,
        stent_patency,
        nihss_at_imaging,
        nihss_increase,
        is_hemorrhage,
        is_parenchymal_hematoma,
        is_stent_thrombosis,
        is_warned,
        imaged_at,
        delivered_on
    from scans

)

select * from published
order by imaging_key

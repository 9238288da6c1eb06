{{ config(materialized='new_table') }}

-- The index procedure of an admission is its first thrombectomy, by the time of puncture.

with

procedures as (select * from {{ ref('int_procedures') }}),

numbered as (

    select
        *,
        row_number() over (
            partition by admission_key
            order by puncture_at, procedure_key
        ) as procedure_number
    from procedures

),

index_procedures as (

    select
        * exclude (
            row_id,
            record_key,
            patient_alike,
            source_file,
            source_row,
            file_id,
            unparsed_fields,
            is_warned,
            delivered_on,
            procedure_number
        )
    from numbered
    where procedure_number = 1

)

select * from index_procedures

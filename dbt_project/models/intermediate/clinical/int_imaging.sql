{{ config(materialized='new_table') }}

-- A scan whose admission is not current (withdrawn, say) is not in the registry.

with

imaging as (select * from {{ source('raw', 'imaging') }}),
current_rows as (select * from {{ ref('int_current_rows') }}),
patients as (select * from {{ ref('int_patients') }}),
hemorrhage_type as (select * from {{ ref('hemorrhage_type') }}),
stent_patency as (select * from {{ ref('stent_patency') }}),

current_scans as (

    select
        imaging.*,
        hemorrhage_type.heidelberg_class,
        hemorrhage_type.parenchymal_hematoma_grade,
        hemorrhage_type.is_hemorrhage,
        hemorrhage_type.is_hemorrhagic_infarction,
        hemorrhage_type.is_parenchymal_hematoma,
        stent_patency.is_thrombosis as is_stent_thrombosis,
        current_rows.is_warned,
        imaging.nihss_at_imaging - patients.baseline_nihss as nihss_increase
    from imaging
    inner join current_rows
        on imaging.row_id = current_rows.row_id
    inner join patients
        on imaging.admission_key = patients.admission_key
    left join hemorrhage_type
        on imaging.hemorrhage_type = hemorrhage_type.code
    left join stent_patency
        on imaging.stent_patency = stent_patency.code

)

select * from current_scans

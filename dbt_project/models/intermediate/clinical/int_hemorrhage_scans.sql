{{ config(materialized='new_table') }}

-- Symptomatic intracranial hemorrhage (Guo 2023, Methods): any type of intracranial hemorrhage on
-- a scan after thrombectomy, with an NIHSS that has risen by at least the study's number of points
-- over the NIHSS on admission. (The paper's wording, "an increase in the NIHSS score to >= 4 from
-- any baseline", is ambiguous; it is read as an increase of 4 points or more over the NIHSS on
-- admission. The Heidelberg classification, von Kummer 2015 doi:10.1161/STROKEAHA.115.010049,
-- compares with the NIHSS immediately before the worsening, which no field has: a patient who first
-- improved and then worsened may count there and not here.)
-- Of a hemorrhage on a scan without an NIHSS it is unknown. Scans before the puncture are no
-- follow-up.

with

scans as (

    select * from {{ ref('int_scans') }}

),

index_procedures as (

    select * from {{ ref('int_index_procedures') }}

),

study_definition as (

    select * from {{ ref('stg_study_definition') }}

),

followup_scans as (

    select
        scans.imaging_key,
        scans.admission_key,
        scans.hemorrhage_type,
        scans.nihss_at_imaging,
        scans.nihss_increase,
        scans.parenchymal_hematoma_grade,
        {{ hours_between('index_procedures.ended_at', 'scans.imaged_at') }}
            as hours_after_procedure,
        scans.is_hemorrhage,
        scans.is_parenchymal_hematoma,
        scans.is_stent_thrombosis,
        scans.imaged_at
    from scans
    inner join index_procedures
        on
            scans.admission_key = index_procedures.admission_key
            and scans.imaged_at >= index_procedures.puncture_at

),

symptomatic as (

    select
        followup_scans.imaging_key,
        followup_scans.admission_key,
        followup_scans.hemorrhage_type,
        followup_scans.nihss_at_imaging,
        followup_scans.nihss_increase,
        followup_scans.parenchymal_hematoma_grade,
        followup_scans.hours_after_procedure,
        followup_scans.is_hemorrhage,
        followup_scans.is_parenchymal_hematoma,
        followup_scans.is_stent_thrombosis,
        followup_scans.imaged_at,
        followup_scans.is_hemorrhage
        and followup_scans.nihss_increase >= study_definition.sich_nihss_increase as is_sich
    from followup_scans
    cross join study_definition

)

select * from symptomatic

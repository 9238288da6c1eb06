{{ config(materialized='new_table') }}

-- Symptomatic intracranial hemorrhage (Guo 2023, Methods): any type of intracranial hemorrhage on
-- a scan after thrombectomy, with an NIHSS that has risen by at least the study's number of points
-- over the NIHSS on admission. (The paper's wording, "an increase in the NIHSS score to >= 4 from
-- any baseline", is ambiguous; it is read as an increase of 4 points or more over the NIHSS on
-- admission. The Heidelberg classification, von Kummer 2015 doi:10.1161/STROKEAHA.115.010049,
-- compares with the NIHSS immediately before the worsening, which no field has: a patient who first
-- improved and then worsened may count there and not here.)
-- Where the NIHSS cannot show a rise, because none was recorded or because it is at the end of the
-- scale, a hemorrhage is symptomatic if the patient died within the study's number of days
-- (sich_fatal_days, study.yaml: our convention, docs/statistics.md), unless it is a
-- hemorrhagic infarction, which is not taken for the cause of a death. Otherwise it is
-- unknown. Scans before the puncture are no follow-up.
-- One model, because the rise of the NIHSS, the death in time and the verdict read the same scans.

{% set zone = 'time_zones.time_zone' -%}

with

scans as (select * from {{ ref('int_imaging') }}),
index_procedures as (select * from {{ ref('int_index_procedures') }}),
time_zones as (select * from {{ ref('stg_time_zones') }}),
outcomes_90d as (select * from {{ ref('int_outcomes_90d') }}),
study_definition as (select * from {{ ref('stg_study_definition') }}),

followup_scans as (

    select
        scans.imaging_key,
        scans.admission_key,
        scans.hemorrhage_type,
        scans.nihss_at_imaging,
        scans.nihss_increase,
        scans.parenchymal_hematoma_grade,
        {{ hours_between('index_procedures.ended_at', 'scans.imaged_at', zone) }}
            as hours_after_procedure,
        {{ days_between('index_procedures.puncture_at', 'scans.imaged_at') }} as days_to_scan,
        outcomes_90d.days_to_death,
        scans.is_hemorrhage,
        scans.is_hemorrhagic_infarction,
        scans.is_parenchymal_hematoma,
        scans.is_stent_thrombosis,
        scans.imaged_at
    from scans
    inner join index_procedures
        on scans.admission_key = index_procedures.admission_key
    left join time_zones
        on index_procedures.site = time_zones.site
    left join outcomes_90d
        on scans.admission_key = outcomes_90d.admission_key
    where
        scans.imaged_at >= index_procedures.puncture_at
        or {{ is_read_twice('index_procedures.puncture_at', 'scans.imaged_at', zone) }}

),

with_signs as (

    select
        followup_scans.*,
        followup_scans.is_hemorrhage
        and followup_scans.nihss_increase >= study_definition.sich_nihss_increase as is_nihss_rise,
        followup_scans.is_hemorrhage
        and (
            followup_scans.nihss_increase is null
            or (
                followup_scans.nihss_at_imaging = {{ var('nihss_max') }}
                and followup_scans.nihss_increase < study_definition.sich_nihss_increase
            )
        ) as is_nihss_mute,
        coalesce(
            not followup_scans.is_hemorrhagic_infarction
            and followup_scans.days_to_death - followup_scans.days_to_scan
            between 0 and study_definition.sich_fatal_days,
            false
        ) as is_fatal
    from followup_scans
    cross join study_definition

),

symptomatic as (

    select
        imaging_key,
        admission_key,
        hemorrhage_type,
        nihss_at_imaging,
        nihss_increase,
        parenchymal_hematoma_grade,
        hours_after_procedure,
        is_hemorrhage,
        is_parenchymal_hematoma,
        is_stent_thrombosis,
        imaged_at,
        is_nihss_mute,
        case
            when is_nihss_mute then case when is_fatal then true end
            else is_nihss_rise
        end as is_sich
    from with_signs

)

select * from symptomatic

{{ config(materialized='new_table') }}

-- What each scan after the puncture tells of a hemorrhage, for every definition of a symptomatic
-- one (int_hemorrhage_imaging). A sign is null where it is unknown. Scans before the puncture
-- are no follow-up. "Lowest" and "last" are of the NIHSS that was recorded before the scan: on
-- admission, at earlier scans, and at 24 hours. No field has what came between.
-- A hemorrhage is fatal if the patient died within the registry's number of days (sich_fatal_days,
-- outcomes.yaml: our convention, docs/statistics.md), unless it is a hemorrhagic infarction, which
-- is not taken for the cause of a death.

{% set zone = 'time_zones.time_zone' -%}

with

scans as (select * from {{ ref('int_imaging') }}),
patients as (select * from {{ ref('int_patients') }}),
index_procedures as (select * from {{ ref('int_index_procedures') }}),
time_zones as (select * from {{ source('raw', 'time_zones') }}),
outcomes_90d as (select * from {{ ref('int_outcomes_90d') }}),
study_definition as (select * from {{ source('raw', 'study_definition') }}),

followup_scans as (

    select
        scans.*,
        patients.baseline_nihss,
        {{ hours_between('index_procedures.ended_at', 'scans.imaged_at', zone) }}
            as hours_after_procedure,
        {{ hours_between('index_procedures.puncture_at', 'scans.imaged_at', zone) }}
            as hours_after_puncture,
        outcomes_90d.is_dead_90d,
        outcomes_90d.days_to_death
        - {{ days_between('index_procedures.puncture_at', 'scans.imaged_at') }}
            as days_from_scan_to_death
    from scans
    inner join index_procedures
        on scans.admission_key = index_procedures.admission_key
    left join patients
        on scans.admission_key = patients.admission_key
    left join time_zones
        on index_procedures.site = time_zones.site
    left join outcomes_90d
        on scans.admission_key = outcomes_90d.admission_key
    where
        scans.imaged_at >= index_procedures.puncture_at
        or {{ is_read_twice('index_procedures.puncture_at', 'scans.imaged_at', zone) }}

),

-- The NIHSS on admission is from before the puncture, whenever that was.
readings as (

    select
        admission_key,
        -1 as hours_after_puncture,
        baseline_nihss as nihss
    from patients
    union all
    select
        admission_key,
        24 as hours_after_puncture,
        nihss_24h as nihss
    from patients
    union all
    select
        admission_key,
        hours_after_puncture,
        nihss_at_imaging as nihss
    from followup_scans

),

earlier_nihss as (

    select
        followup_scans.imaging_key,
        min(readings.nihss) as lowest_nihss,
        min(readings.nihss) filter (where readings.hours_after_puncture <= 24) as lowest_24h,
        max_by(readings.nihss, readings.hours_after_puncture) as last_nihss
    from followup_scans
    inner join readings
        on
            followup_scans.admission_key = readings.admission_key
            and followup_scans.hours_after_puncture > readings.hours_after_puncture
    where readings.nihss is not null
    group by followup_scans.imaging_key

),

signs as (

    select
        followup_scans.*,
        case
            when followup_scans.parenchymal_hematoma_grade = 2 then true
            when not coalesce(followup_scans.heidelberg_class = '3a', false) then false
        end as is_ph2,
        {{ is_nihss_risen(
            'followup_scans.baseline_nihss', 'study_definition.sich_nihss_increase'
        ) }} as is_risen_as_published,
        {{ is_nihss_risen('followup_scans.baseline_nihss') }} as is_risen,
        {{ is_nihss_risen('earlier_nihss.lowest_nihss') }} as is_risen_from_lowest,
        {{ is_nihss_risen('earlier_nihss.lowest_24h') }} as is_risen_from_lowest_24h,
        {{ is_nihss_risen('earlier_nihss.last_nihss') }} as is_risen_from_last,
        case
            when followup_scans.is_hemorrhagic_infarction then false
            when followup_scans.days_from_scan_to_death is not null
                then
                    followup_scans.days_from_scan_to_death
                    between 0 and study_definition.sich_fatal_days
            when not followup_scans.is_dead_90d then false
        end as is_fatal
    from followup_scans
    left join earlier_nihss
        on followup_scans.imaging_key = earlier_nihss.imaging_key
    cross join study_definition

)

select * from signs

-- Good outcome: mRS 0-2 at the 90-day follow-up (Guo 2023, Methods).
-- Death within 90 days of the index puncture: the date of death decides. Where no date is known, an
-- mRS of 6 at the 90-day assessment does, on whatever day it was made: on day 92, too, the patient
-- counts as dead. A patient who died later is alive at 90 days.
-- Unknown stays unknown: no mRS and no date of death means no outcome.

with

index_procedures as (

    select * from {{ ref('int_index_procedures') }}

),

followups as (

    select * from {{ ref('int_followups') }}

),

study_definition as (

    select * from {{ ref('stg_study_definition') }}

),

followed_up as (

    select
        followups.patient_key,
        followups.mrs as mrs_90d,
        {{ days_between('index_procedures.puncture_at', 'followups.death_date') }}
            as days_to_death,
        followups.is_good_outcome,
        followups.is_dead_at_assessment,
        followups.lost_to_followup,
        study_definition.mortality_window_days
    from index_procedures
    inner join followups
        on index_procedures.patient_key = followups.patient_key
    cross join study_definition

),

outcomes as (

    select
        patient_key,
        mrs_90d,
        days_to_death,
        is_good_outcome,
        lost_to_followup,
        coalesce(days_to_death <= mortality_window_days, is_dead_at_assessment) as is_dead_90d
    from followed_up

)

select * from outcomes

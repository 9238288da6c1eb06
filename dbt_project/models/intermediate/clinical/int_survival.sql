{{ config(materialized='new_table') }}

-- What all follow-ups of a patient, at whatever time point, say of life and death.
-- A patient with two strokes dies once, whichever follow-up says so. A death before a stroke is not
-- its outcome: one of the two is wrong (followups.strokes_agree).
-- An mRS of 6 without a date of death is a death by the day of its time point, whenever it was
-- recorded; of 90 days, within the study's window of mortality.

with

index_procedures as (select * from {{ ref('int_index_procedures') }}),
followups as (select * from {{ ref('int_followups') }}),
time_points as (select * from {{ ref('time_point') }}),
study_definition as (select * from {{ source('raw', 'study_definition') }}),

deaths as (

    select
        index_procedures.admission_key,
        min(followups.death_date) as death_date,
        min(
            case
                when followups.admission_key = index_procedures.admission_key
                    then followups.death_date
            end
        ) as own_death_date
    from index_procedures
    inner join followups
        on
            index_procedures.patient_key = followups.patient_key
            and cast(index_procedures.puncture_at as date) <= followups.death_date
    group by index_procedures.admission_key

),

assessments as (

    select
        index_procedures.admission_key,
        followups.is_dead_at_assessment,
        followups.other_time_point,
        study_definition.mortality_window_days,
        study_definition.followup_day_min,
        time_points.day,
        time_points.day_min,
        time_points.day_max,
        {{ days_between('index_procedures.puncture_at', 'followups.assessed_on') }}
            as days_to_assessment
    from index_procedures
    cross join study_definition
    inner join followups
        on index_procedures.admission_key = followups.admission_key
    left join time_points
        on followups.other_time_point = time_points.code

),

known_days as (

    select
        admission_key,
        min(
            case
                when is_dead_at_assessment and other_time_point is null
                    then mortality_window_days
                when is_dead_at_assessment then coalesce(day, days_to_assessment, day_max)
            end
        ) as dead_by_day,
        max(
            case
                when not is_dead_at_assessment
                    then coalesce(days_to_assessment, day_min, followup_day_min)
            end
        ) as alive_on_day
    from assessments
    group by admission_key

),

survival as (

    select
        index_procedures.admission_key,
        known_days.dead_by_day,
        known_days.alive_on_day,
        {{ days_between(
            'index_procedures.puncture_at', 'coalesce(deaths.own_death_date, deaths.death_date)'
        ) }} as days_to_death
    from index_procedures
    left join deaths
        on index_procedures.admission_key = deaths.admission_key
    left join known_days
        on index_procedures.admission_key = known_days.admission_key

)

select * from survival

with

followups as (select * from {{ ref('int_followups') }}),
index_procedures as (select * from {{ ref('int_index_procedures') }}),
outcomes_90d as (select * from {{ ref('int_outcomes_90d') }}),
time_points as (select * from {{ ref('time_point') }}),
study_definition as (select * from {{ source('raw', 'study_definition') }}),

with_days as (

    select
        followups.*,
        coalesce(followups.other_time_point, 'day_90') as time_point,
        coalesce(time_points.day_min, study_definition.followup_day_min) as day_min,
        coalesce(time_points.day_max, study_definition.followup_day_max) as day_max,
        {{ days_between('index_procedures.puncture_at', 'followups.assessed_on') }}
            as days_after_puncture
    from followups
    cross join study_definition
    left join index_procedures
        on followups.admission_key = index_procedures.admission_key
    left join time_points
        on followups.other_time_point = time_points.code

),

published as (

    select
        with_days.*,
        outcomes_90d.is_good_outcome,
        with_days.days_after_puncture >= with_days.day_min
        and with_days.days_after_puncture <= with_days.day_max as is_in_window
    from with_days
    left join outcomes_90d
        on
            with_days.admission_key = outcomes_90d.admission_key
            and with_days.other_time_point is null

)

select * from published
order by patient_key, admission_key, days_after_puncture, time_point

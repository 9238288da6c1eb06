with

followups as (select * from {{ ref('int_followups') }}),
index_procedures as (select * from {{ ref('int_index_procedures') }}),
outcomes_90d as (select * from {{ ref('int_outcomes_90d') }}),
study_definition as (select * from {{ ref('stg_study_definition') }}),

with_days as (

    select
        followups.*,
        {{ days_between('index_procedures.puncture_at', 'followups.assessed_on') }}
            as days_after_puncture
    from followups
    left join index_procedures
        on followups.admission_key = index_procedures.admission_key

),

published as (

    select
        with_days.*,
        outcomes_90d.is_good_outcome,
        with_days.days_after_puncture >= study_definition.followup_day_min
        and with_days.days_after_puncture <= study_definition.followup_day_max as is_in_window
    from with_days
    cross join study_definition
    left join outcomes_90d
        on with_days.admission_key = outcomes_90d.admission_key

)

select * from published
order by patient_key, admission_key

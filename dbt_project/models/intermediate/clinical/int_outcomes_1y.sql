{{ config(materialized='new_table') }}

-- The outcome at one year, as that at 90 days (int_outcomes_90d): who died by then has an mRS of 6,
-- at whatever time point the death was recorded. Others have that of an assessment in the window of
-- the time point, or of one whose day nobody recorded. Unknown stays unknown.

with

index_procedures as (select * from {{ ref('int_index_procedures') }}),
survival as (select * from {{ ref('int_survival') }}),
mrs as (select * from {{ ref('mrs') }}),

followups as (

    select *
    from {{ ref('int_followups') }}
    where other_time_point = 'year_1'

),

death as (

    select code
    from mrs
    where is_death

),

one_year as (

    select *
    from {{ ref('time_point') }}
    where code = 'year_1'

),

followed_up as (

    select
        index_procedures.admission_key,
        followups.mrs,
        case
            when survival.days_to_death is not null then survival.days_to_death <= one_year.day
            when survival.dead_by_day <= one_year.day then true
            when survival.alive_on_day >= one_year.day_min then false
        end as is_dead_1y,
        case
            when followups.is_dead_at_assessment
                then coalesce(survival.days_to_death <= one_year.day_max, true)
            else
                coalesce(
                    {{ days_between('index_procedures.puncture_at', 'followups.assessed_on') }}
                    between one_year.day_min and one_year.day_max,
                    true
                )
        end as is_in_window
    from index_procedures
    cross join one_year
    left join followups
        on index_procedures.admission_key = followups.admission_key
    left join survival
        on index_procedures.admission_key = survival.admission_key

),

with_mrs as (

    select
        followed_up.admission_key,
        followed_up.is_dead_1y,
        case
            when followed_up.is_dead_1y then death.code
            when followed_up.is_in_window then followed_up.mrs
        end as mrs_1y
    from followed_up
    cross join death

),

outcomes as (

    select
        with_mrs.*,
        mrs.is_good_outcome as is_good_outcome_1y
    from with_mrs
    left join mrs
        on with_mrs.mrs_1y = mrs.code

)

select * from outcomes

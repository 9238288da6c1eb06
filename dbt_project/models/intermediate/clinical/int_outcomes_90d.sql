{{ config(materialized='new_table') }}

-- The outcome at 90 days (docs/decisions/0020-the-90-day-outcome.md).
-- Death within 90 days of the index puncture: the date of death decides, at whatever time point it
-- was recorded. Where no date is known, an mRS of 6 does, on whatever day it was recorded. Whoever
-- died later, or was alive at an assessment from the window on, was alive at 90 days.
-- mRS at 90 days: 6 for whoever died by day 90, also with an assessment before the death, or with
-- none. Otherwise it is that of an assessment within the window of the study's definition, or of
-- one whose day nobody recorded. An mRS of 6 counts when the death was in the window, whenever it
-- was learned; any other assessment is outside the window, and no 90-day mRS.
-- Good outcome: mRS 0-2 (Guo 2023, Methods). Unknown stays unknown.
-- One model, because the death decides which mRS counts, and both decide what is unknown.

with

index_procedures as (select * from {{ ref('int_index_procedures') }}),
survival as (select * from {{ ref('int_survival') }}),
followup_deliveries as (select * from {{ ref('int_followup_deliveries') }}),
mrs as (select * from {{ ref('mrs') }}),
study_definition as (select * from {{ source('raw', 'study_definition') }}),

followups as (

    select *
    from {{ ref('int_followups') }}
    where other_time_point is null

),

death as (

    select code
    from mrs
    where is_death

),

followed_up as (

    select
        index_procedures.admission_key,
        followups.admission_key is not null as has_followup,
        followups.mrs,
        followups.is_dead_at_assessment,
        followups.lost_to_followup,
        survival.days_to_death,
        survival.dead_by_day,
        survival.alive_on_day,
        {{ days_between('index_procedures.puncture_at', 'followups.assessed_on') }}
            as days_to_assessment,
        coalesce(
            cast(index_procedures.puncture_at as date) + study_definition.followup_day_max
            < followup_deliveries.followups_delivered_on,
            false
        ) as is_window_closed,
        study_definition.followup_day_min,
        study_definition.followup_day_max,
        study_definition.mortality_window_days
    from index_procedures
    cross join study_definition
    left join followups
        on index_procedures.admission_key = followups.admission_key
    left join survival
        on index_procedures.admission_key = survival.admission_key
    left join followup_deliveries
        on index_procedures.site = followup_deliveries.site

),

with_death as (

    select
        *,
        case
            when days_to_death is not null then days_to_death <= mortality_window_days
            when dead_by_day <= mortality_window_days then true
            when alive_on_day >= followup_day_min then false
        end as is_dead_90d,
        case
            when is_dead_at_assessment then coalesce(days_to_death <= followup_day_max, true)
            else coalesce(days_to_assessment between followup_day_min and followup_day_max, true)
        end as is_in_window
    from followed_up

),

with_mrs as (

    select
        with_death.*,
        case
            when with_death.is_dead_90d then death.code
            when with_death.is_in_window then with_death.mrs
        end as mrs_90d
    from with_death
    cross join death

),

outcomes as (

    select
        with_mrs.admission_key,
        with_mrs.mrs_90d,
        with_mrs.days_to_death,
        with_mrs.days_to_assessment,
        mrs.is_good_outcome,
        mrs.is_excellent_outcome,
        with_mrs.is_dead_90d,
        with_mrs.has_followup,
        with_mrs.lost_to_followup,
        with_mrs.is_window_closed,
        coalesce(with_mrs.days_to_death, with_mrs.dead_by_day) is not null as is_known_dead,
        case when with_mrs.mrs_90d is null then with_mrs.mrs end as mrs_outside_window,
        with_mrs.mrs is not null and with_mrs.mrs_90d is null as is_outside_window
    from with_mrs
    left join mrs
        on with_mrs.mrs_90d = mrs.code

)

select * from outcomes

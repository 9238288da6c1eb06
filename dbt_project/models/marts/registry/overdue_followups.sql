-- Who needs a 90-day call, on the day of the refresh: the window of the study's definition has
-- opened, and no valid follow-up was delivered (one that says "lost" is a follow-up). Whoever was
-- assessed before the window is called again while it is open; later a call gives no 90-day mRS.
-- Nobody calls the dead.

with

index_procedures as (select * from {{ ref('int_index_procedures') }}),
outcomes_90d as (select * from {{ ref('int_outcomes_90d') }}),
study_definition as (select * from {{ source('raw', 'study_definition') }}),
refresh as (select * from {{ ref('stg_refresh') }}),
mrs as (select * from {{ ref('mrs') }}),

without_90_day_mrs as (

    select
        index_procedures.admission_key,
        index_procedures.patient_key,
        index_procedures.site,
        cast(index_procedures.puncture_at as date) as punctured_on,
        outcomes_90d.is_outside_window
    from index_procedures
    inner join outcomes_90d
        on index_procedures.admission_key = outcomes_90d.admission_key
    left join mrs
        on outcomes_90d.mrs_outside_window = mrs.code
    where
        not coalesce(outcomes_90d.is_known_dead, false)
        and (
            not outcomes_90d.has_followup
            or (outcomes_90d.is_outside_window and not mrs.is_death)
        )

),

windows as (

    select
        without_90_day_mrs.admission_key,
        without_90_day_mrs.patient_key,
        without_90_day_mrs.site,
        without_90_day_mrs.punctured_on,
        without_90_day_mrs.is_outside_window as is_assessed_outside_window,
        refresh.as_of,
        without_90_day_mrs.punctured_on + study_definition.followup_day_min as due_from,
        without_90_day_mrs.punctured_on + study_definition.followup_day_max as due_until
    from without_90_day_mrs
    cross join study_definition
    cross join refresh

),

overdue as (

    select
        admission_key,
        patient_key,
        site,
        cast(greatest(as_of - due_until, 0) as integer) as days_overdue,
        punctured_on,
        due_from,
        due_until,
        as_of,
        is_assessed_outside_window,
        as_of > due_until as is_overdue
    from windows
    where as_of >= due_from and (as_of <= due_until or not is_assessed_outside_window)

)

select * from overdue
order by due_until, patient_key, admission_key

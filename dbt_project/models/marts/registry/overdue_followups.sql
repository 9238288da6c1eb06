-- Who needs a 90-day call, on the day of the refresh: the window of the study's definition has
-- opened, and no valid follow-up was delivered (one that says "lost" is a follow-up).

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

refresh as (

    select * from {{ ref('stg_refresh') }}

),

without_followup as (

    select
        index_procedures.patient_key,
        index_procedures.site,
        cast(index_procedures.puncture_at as date) as punctured_on
    from index_procedures
    left join followups
        on index_procedures.patient_key = followups.patient_key
    where followups.patient_key is null

),

windows as (

    select
        without_followup.patient_key,
        without_followup.site,
        without_followup.punctured_on,
        refresh.as_of,
        without_followup.punctured_on + study_definition.followup_day_min as due_from,
        without_followup.punctured_on + study_definition.followup_day_max as due_until
    from without_followup
    cross join study_definition
    cross join refresh

),

overdue as (

    select
        patient_key,
        site,
        cast(greatest(as_of - due_until, 0) as integer) as days_overdue,
        punctured_on,
        due_from,
        due_until,
        as_of,
        as_of > due_until as is_overdue
    from windows
    where as_of >= due_from

)

select * from overdue
order by due_until, patient_key

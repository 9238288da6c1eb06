-- A patient has at most one event: the first scan that shows a symptomatic hemorrhage.

with

hemorrhage_scans as (select * from {{ ref('int_hemorrhage_imaging') }}),

numbered as (

    select
        *,
        row_number() over (
            partition by admission_key
            order by imaged_at, imaging_key
        ) as event_number
    from hemorrhage_scans
    where is_sich

),

first_events as (

    select
        admission_key,
        hemorrhage_type,
        nihss_at_imaging,
        nihss_increase,
        hours_after_procedure,
        imaged_at
    from numbered
    where event_number = 1

)

select * from first_events

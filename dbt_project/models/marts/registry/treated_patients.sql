-- A follow-up is due when its window had closed by the site's newest delivery of follow-ups; until
-- then it is pending, even where a death or an early assessment is known already.

with

strokes as (select * from {{ ref('int_strokes') }}),

treated as (

    select
        *,
        is_window_closed as is_followup_due,
        cast(date_trunc('month', puncture_at) as date) as treated_month,
        mrs_90d is not null as is_followed_up
    from strokes
    where has_procedure

)

select * from treated
order by patient_key, admission_key

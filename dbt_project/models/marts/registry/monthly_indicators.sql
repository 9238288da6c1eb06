-- Each patient counts in the month of the first puncture. Rates are of the patients in whom the
-- indicator is known; a follow-up is due when its window has closed, or when it was delivered.

with

treated_patients as (

    select * from {{ ref('treated_patients') }}

),

monthly as (

    select
        site,
        treated_month,
        count(*) as n_patients,
        median(door_to_puncture_min) as median_door_to_puncture_min,
        median(onset_to_puncture_min) as median_onset_to_puncture_min,
        {{ rate_columns('is_first_pass_effect', 'first_pass_effect') }},
        {{ rate_columns('is_reperfused_final', 'reperfused') }},
        {{ rate_columns('is_sich', 'sich') }},
        {{ rate_columns('is_good_outcome', 'good_outcome') }},
        {{ rate_columns('is_dead_90d', 'dead_90d') }},
        count(*) filter (where is_followup_due) as n_followup_due,
        count(*) filter (where is_followup_due and is_followed_up) as n_followed_up,
        100.0 * count(*) filter (where is_followup_due and is_followed_up)
        / nullif(count(*) filter (where is_followup_due), 0) as pct_followed_up
    from treated_patients
    group by site, treated_month

)

select * from monthly
order by site, treated_month

-- Each patient counts in the month of the first puncture. Rates are of the patients in whom the
-- indicator is known; a follow-up is due when its window has closed, or when it was delivered.
-- First-pass effect: mTICI 2c or better after a single pass, without a rescue stent
-- (Zaidat 2018, doi:10.1161/STROKEAHA.117.020315).

with

index_procedures as (

    select * from {{ ref('int_index_procedures') }}

),

scan_outcomes as (

    select * from {{ ref('int_scan_outcomes') }}

),

outcomes_90d as (

    select * from {{ ref('int_outcomes_90d') }}

),

study_definition as (

    select * from {{ ref('stg_study_definition') }}

),

refresh as (

    select * from {{ ref('stg_refresh') }}

),

indicators_per_patient as (

    select
        index_procedures.site,
        index_procedures.door_to_puncture_min,
        index_procedures.onset_to_puncture_min,
        index_procedures.is_reperfused_final,
        scan_outcomes.is_sich,
        outcomes_90d.is_good_outcome,
        outcomes_90d.is_dead_90d,
        cast(date_trunc('month', index_procedures.puncture_at) as date) as treated_month,
        index_procedures.passes = 1
        and index_procedures.is_nearly_complete_after_mt
        and not index_procedures.is_rescue_stent_placed as is_first_pass_effect,
        outcomes_90d.mrs_90d is not null as is_followed_up,
        outcomes_90d.patient_key is not null
        or cast(index_procedures.puncture_at as date) + study_definition.followup_day_max
        < refresh.as_of as is_followup_due
    from index_procedures
    cross join study_definition
    cross join refresh
    left join scan_outcomes
        on index_procedures.patient_key = scan_outcomes.patient_key
    left join outcomes_90d
        on index_procedures.patient_key = outcomes_90d.patient_key

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
    from indicators_per_patient
    group by site, treated_month

)

select * from monthly
order by site, treated_month

{{ config(materialized='new_table') }}

-- Everything that is known of a treated stroke in one row: what studies select from. First-pass
-- effect: mTICI 2c or better after a single pass, without rescue stent or balloon angioplasty
-- (Ducroux 2020, doi:10.1136/neurintsurg-2019-015215, who ask for no rescue therapy; Zaidat 2018,
-- doi:10.1161/STROKEAHA.117.020315, who first described it, asked for mTICI 3). A balloon of which
-- nothing is known is none. Where no pass was made, there is none to be had or missed.
-- Early neurological improvement: an NIHSS that is 4 points lower at 24 hours than on admission,
-- and a major one 8 points (as PMC9632169 has both).
-- A stroke without a procedure record, or without a valid one, is placed by the day of arrival.

with

patients as (select * exclude (birth_date) from {{ ref('int_patients') }}),
index_procedures as (select * from {{ ref('int_index_procedures') }}),
scan_outcomes as (select * from {{ ref('int_imaging_outcomes') }}),
sich_events as (select * from {{ ref('int_sich_events') }}),
reinterventions as (select * from {{ ref('int_reinterventions') }}),
outcomes_90d as (select * from {{ ref('int_outcomes_90d') }}),
outcomes_1y as (select * from {{ ref('int_outcomes_1y') }}),
record_versions as (select * from {{ source('raw', 'record_versions') }}),

warned_rows as (

    select
        admission_key,
        cast(count(*) filter (where is_warned) as integer) as warned_rows
    from record_versions
    where version_status = 'current'
    group by admission_key

),

strokes as (

    select
        patients.*,
        index_procedures.* exclude (admission_key, patient_key, site),  -- noqa: RF02
        scan_outcomes.has_stent_thrombosis,
        scan_outcomes.is_sich,
        scan_outcomes.is_sich_ecass2,
        scan_outcomes.is_sich_ecass3,
        scan_outcomes.is_sich_sits_most,
        scan_outcomes.is_sich_heidelberg,
        sich_events.hours_after_procedure as sich_hours_after_procedure,
        scan_outcomes.is_ph,
        scan_outcomes.is_ph1,
        scan_outcomes.is_ph2,
        outcomes_90d.mrs_90d,
        outcomes_90d.is_good_outcome,
        outcomes_90d.is_excellent_outcome,
        outcomes_90d.is_dead_90d,
        outcomes_90d.days_to_death,
        outcomes_90d.days_to_assessment,
        outcomes_90d.has_followup,
        outcomes_90d.lost_to_followup,
        outcomes_90d.is_outside_window,
        outcomes_90d.is_window_closed,
        outcomes_1y.mrs_1y,
        outcomes_1y.is_good_outcome_1y,
        outcomes_1y.is_dead_1y,
        reinterventions.days_to_reintervention,
        warned_rows.warned_rows,
        cast(coalesce(index_procedures.puncture_at, patients.arrived_at) as date) as treated_on,
        index_procedures.procedure_key is not null as has_procedure,
        patients.nihss_24h - patients.baseline_nihss as nihss_change_24h,
        patients.baseline_nihss - patients.nihss_24h >= 4 as is_early_improvement,
        patients.baseline_nihss - patients.nihss_24h >= 8 as is_major_early_improvement,
        case
            when reinterventions.admission_key is null then false
            else reinterventions.is_stented_later
        end as is_stented_later,
        case
            when index_procedures.passes > 0
                then
                    index_procedures.passes = 1
                    and index_procedures.is_nearly_complete_after_mt
                    and not index_procedures.is_rescue_stent_placed
                    and not coalesce(index_procedures.balloon_angioplasty, false)
        end as is_first_pass_effect
    from patients
    left join index_procedures
        on patients.admission_key = index_procedures.admission_key
    left join scan_outcomes
        on patients.admission_key = scan_outcomes.admission_key
    left join sich_events
        on patients.admission_key = sich_events.admission_key
    left join outcomes_90d
        on patients.admission_key = outcomes_90d.admission_key
    left join outcomes_1y
        on patients.admission_key = outcomes_1y.admission_key
    left join reinterventions
        on patients.admission_key = reinterventions.admission_key
    left join warned_rows
        on patients.admission_key = warned_rows.admission_key

)

select * from strokes

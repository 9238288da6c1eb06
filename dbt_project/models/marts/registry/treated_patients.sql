-- First-pass effect: mTICI 2c or better after a single pass, without rescue stent or balloon
-- angioplasty (Ducroux 2020, doi:10.1136/neurintsurg-2019-015215, who ask for no rescue therapy;
-- Zaidat 2018, doi:10.1161/STROKEAHA.117.020315, who first described it, asked for mTICI 3). A
-- balloon of which nothing is known is none. Where no pass was made, there is none to be had or
-- missed.
-- A follow-up is due when its window had closed by the site's newest delivery of follow-ups; until
-- then it is pending, even where a death or an early assessment is known already.

with

index_procedures as (select * from {{ ref('int_index_procedures') }}),
patients as (select * from {{ ref('int_patients') }}),
scan_outcomes as (select * from {{ ref('int_imaging_outcomes') }}),
reinterventions as (select * from {{ ref('int_reinterventions') }}),
outcomes_90d as (select * from {{ ref('int_outcomes_90d') }}),

treated as (

    select
        index_procedures.admission_key,
        index_procedures.patient_key,
        index_procedures.procedure_key,
        index_procedures.site,
        patients.sex,
        patients.etiology,
        index_procedures.occlusion_artery,
        index_procedures.circulation,
        index_procedures.mtici_after_mt,
        index_procedures.rescue_stent,
        index_procedures.mtici_final,
        patients.age_years,
        patients.baseline_nihss,
        index_procedures.passes,
        index_procedures.onset_to_puncture_min,
        index_procedures.door_to_puncture_min,
        index_procedures.procedure_duration_min,
        outcomes_90d.mrs_90d,
        outcomes_90d.days_to_death,
        reinterventions.days_to_reintervention,
        index_procedures.ivt,
        index_procedures.is_general_anesthesia,
        index_procedures.is_reperfused_after_mt,
        index_procedures.is_reperfused_final,
        scan_outcomes.is_sich,
        scan_outcomes.is_ph,
        scan_outcomes.has_stent_thrombosis,
        outcomes_90d.is_good_outcome,
        outcomes_90d.is_dead_90d,
        outcomes_90d.is_outside_window,
        outcomes_90d.is_window_closed as is_followup_due,
        index_procedures.puncture_at,
        cast(date_trunc('month', index_procedures.puncture_at) as date) as treated_month,
        case
            when index_procedures.passes > 0
                then
                    index_procedures.passes = 1
                    and index_procedures.is_nearly_complete_after_mt
                    and not index_procedures.is_rescue_stent_placed
                    and not coalesce(index_procedures.balloon_angioplasty, false)
        end as is_first_pass_effect,
        outcomes_90d.mrs_90d is not null as is_followed_up,
        case
            when reinterventions.admission_key is null then false
            else reinterventions.is_stented_later
        end as is_stented_later
    from index_procedures
    inner join patients
        on index_procedures.admission_key = patients.admission_key
    inner join outcomes_90d
        on index_procedures.admission_key = outcomes_90d.admission_key
    left join reinterventions
        on index_procedures.admission_key = reinterventions.admission_key
    left join scan_outcomes
        on index_procedures.admission_key = scan_outcomes.admission_key

)

select * from treated
order by patient_key, admission_key

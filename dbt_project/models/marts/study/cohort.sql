with

analyzed_patients as (

    select * from {{ ref('int_analyzed_patients') }}

),

patients as (

    select * from {{ ref('int_patients') }}

),

index_procedures as (

    select * from {{ ref('int_index_procedures') }}

),

scan_outcomes as (

    select * from {{ ref('int_imaging_outcomes') }}

),

sich_events as (

    select * from {{ ref('int_sich_events') }}

),

reinterventions as (

    select * from {{ ref('int_reinterventions') }}

),

outcomes_90d as (

    select * from {{ ref('int_outcomes_90d') }}

),

warned_rows as (

    select * from {{ ref('int_patient_warnings') }}

),

study_definition as (

    select * from {{ ref('stg_study_definition') }}

),

joined as (

    select
        analyzed_patients.admission_key,
        patients.patient_key,
        patients.site,
        analyzed_patients.study_group,
        patients.age_years,
        patients.is_male,
        patients.hypertension,
        patients.diabetes,
        patients.dyslipidemia,
        patients.coronary_artery_disease,
        patients.smoking,
        patients.platelets_giga_per_l,
        patients.glucose_mmol_per_l,
        patients.systolic_bp_mmhg,
        patients.baseline_nihss,
        patients.onset_to_admission_min,
        patients.aspects,
        index_procedures.occlusion_artery,
        index_procedures.circulation,
        index_procedures.is_internal_carotid_artery,
        index_procedures.is_middle_cerebral_artery,
        index_procedures.is_basilar_artery,
        index_procedures.is_vertebral_artery,
        index_procedures.ivt,
        index_procedures.is_general_anesthesia,
        index_procedures.onset_to_puncture_min,
        index_procedures.procedure_duration_min,
        index_procedures.passes,
        index_procedures.residual_stenosis_pct,
        index_procedures.mtici_after_mt,
        index_procedures.mtici_final,
        index_procedures.is_reperfused_final,
        index_procedures.balloon_angioplasty,
        index_procedures.tirofiban,
        index_procedures.artery_perforation,
        scan_outcomes.has_stent_thrombosis,
        scan_outcomes.is_sich,
        sich_events.hours_after_procedure as sich_hours_after_procedure,
        scan_outcomes.is_ph,
        scan_outcomes.is_ph1,
        scan_outcomes.is_ph2,
        outcomes_90d.mrs_90d,
        outcomes_90d.is_good_outcome,
        outcomes_90d.is_dead_90d,
        outcomes_90d.days_to_death,
        reinterventions.days_to_reintervention,
        index_procedures.puncture_at,
        warned_rows.warned_rows,
        coalesce(reinterventions.is_stented_later, false) as is_stented_later,
        index_procedures.residual_stenosis_pct > study_definition.stenosis_threshold_pct
            as is_above_stenosis_threshold
    from analyzed_patients
    inner join patients
        on analyzed_patients.admission_key = patients.admission_key
    inner join index_procedures
        on analyzed_patients.admission_key = index_procedures.admission_key
    inner join outcomes_90d
        on analyzed_patients.admission_key = outcomes_90d.admission_key
    inner join warned_rows
        on analyzed_patients.admission_key = warned_rows.admission_key
    left join reinterventions
        on analyzed_patients.admission_key = reinterventions.admission_key
    left join scan_outcomes
        on analyzed_patients.admission_key = scan_outcomes.admission_key
    left join sich_events
        on analyzed_patients.admission_key = sich_events.admission_key
    cross join study_definition

)

select * from joined
order by patient_key

with

skeleton as (

    select
        cast(null as varchar) as patient_key,
        cast(null as varchar) as site,
        cast(null as varchar) as study_group,
        cast(null as integer) as age_years,
        cast(null as boolean) as is_male,
        cast(null as boolean) as hypertension,
        cast(null as boolean) as diabetes,
        cast(null as boolean) as dyslipidemia,
        cast(null as boolean) as coronary_artery_disease,
        cast(null as boolean) as smoking,
        cast(null as integer) as platelets_giga_per_l,
        cast(null as double) as glucose_mmol_per_l,
        cast(null as integer) as systolic_bp_mmhg,
        cast(null as integer) as baseline_nihss,
        cast(null as integer) as onset_to_admission_min,
        cast(null as integer) as aspects,
        cast(null as varchar) as occlusion_artery,
        cast(null as varchar) as circulation,
        cast(null as boolean) as is_internal_carotid_artery,
        cast(null as boolean) as is_middle_cerebral_artery,
        cast(null as boolean) as is_basilar_artery,
        cast(null as boolean) as is_vertebral_artery,
        cast(null as boolean) as ivt,
        cast(null as boolean) as is_general_anesthesia,
        cast(null as integer) as onset_to_puncture_min,
        cast(null as integer) as procedure_duration_min,
        cast(null as integer) as passes,
        cast(null as integer) as residual_stenosis_pct,
        cast(null as boolean) as is_above_stenosis_threshold,
        cast(null as varchar) as mtici_after_mt,
        cast(null as varchar) as mtici_final,
        cast(null as boolean) as is_reperfused_final,
        cast(null as boolean) as balloon_angioplasty,
        cast(null as boolean) as tirofiban,
        cast(null as boolean) as artery_perforation,
        cast(null as boolean) as has_stent_thrombosis,
        cast(null as boolean) as is_sich,
        cast(null as double) as sich_hours_after_procedure,
        cast(null as boolean) as is_ph,
        cast(null as boolean) as is_ph1,
        cast(null as boolean) as is_ph2,
        cast(null as integer) as mrs_90d,
        cast(null as boolean) as is_good_outcome,
        cast(null as boolean) as is_dead_90d,
        cast(null as integer) as days_to_death,
        cast(null as timestamp) as puncture_at,
        cast(null as integer) as warned_rows

)

select * from skeleton
where false

with

patients as (

    select * from {{ ref('int_patients') }}

),

published as (

    select
        admission_key,
        patient_key,
        site,
        source_file,
        source_row,
        sex,
        etiology,
        age_years,
        prestroke_mrs,
        platelets_giga_per_l,
        glucose_mmol_per_l,
        systolic_bp_mmhg,
        baseline_nihss,
        aspects,
        onset_to_admission_min,
        is_intracranial_atherosclerosis,
        hypertension,
        diabetes,
        dyslipidemia,
        coronary_artery_disease,
        atrial_fibrillation,
        smoking,
        consent_given,
        is_warned,
        onset_at,
        arrived_at,
        delivered_on
    from patients

)

select * from published
order by patient_key, admission_key

with

source as (

    select * from {{ source('raw', 'admissions') }}

),

staged as (

    select
        row_id,
        site,
        delivered_on,
        source_file,
        file_id,
        source_row,
        record_key,
        patient_key,
        admission_key,
        birth_date,
        sex,
        onset_at,
        arrived_at,
        prestroke_mrs,
        etiology,
        hypertension,
        diabetes,
        dyslipidemia,
        coronary_artery_disease,
        atrial_fibrillation,
        smoking,
        platelets_giga_per_l,
        glucose_mmol_per_l,
        systolic_bp_mmhg,
        baseline_nihss,
        aspects,
        consent_given,
        unparsed_fields
    from source

)

select * from staged

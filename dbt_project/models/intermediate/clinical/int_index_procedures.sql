{{ config(materialized='new_table') }}

-- The index procedure of an admission is its first thrombectomy, by the time of puncture.

with

procedures as (

    select * from {{ ref('int_procedures') }}

),

numbered as (

    select
        *,
        row_number() over (
            partition by admission_key
            order by puncture_at, procedure_key
        ) as procedure_number
    from procedures

),

index_procedures as (

    select
        procedure_key,
        admission_key,
        patient_key,
        site,
        occlusion_artery,
        circulation,
        mtici_after_mt,
        rescue_stent,
        mtici_final,
        passes,
        residual_stenosis_pct,
        onset_to_puncture_min,
        door_to_puncture_min,
        procedure_duration_min,
        is_intracranial_occlusion,
        is_internal_carotid_artery,
        is_middle_cerebral_artery,
        is_basilar_artery,
        is_vertebral_artery,
        ivt,
        is_general_anesthesia,
        is_reperfused_after_mt,
        is_nearly_complete_after_mt,
        is_rescue_stent_placed,
        is_rescue_stent_refused,
        balloon_angioplasty,
        tirofiban,
        artery_perforation,
        is_reperfused_final,
        puncture_at,
        ended_at
    from numbered
    where procedure_number = 1

)

select * from index_procedures

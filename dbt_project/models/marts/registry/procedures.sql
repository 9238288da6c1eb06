with

procedures as (

    select * from {{ ref('int_procedures') }}

),

index_procedures as (

    select * from {{ ref('int_index_procedures') }}

),

published as (

    select
        procedures.procedure_key,
        procedures.admission_key,
        procedures.patient_key,
        procedures.site,
        procedures.source_file,
        procedures.source_row,
        procedures.occlusion_site,
        procedures.occlusion_artery,
        procedures.circulation,
        procedures.anesthesia,
        procedures.device,
        procedures.mtici_after_mt,
        procedures.rescue_stent,
        procedures.mtici_final,
        procedures.passes,
        procedures.residual_stenosis_pct,
        procedures.onset_to_puncture_min,
        procedures.door_to_puncture_min,
        procedures.procedure_duration_min,
        procedures.ivt,
        procedures.is_general_anesthesia,
        procedures.is_reperfused_after_mt,
        procedures.balloon_angioplasty,
        procedures.tirofiban,
        procedures.artery_perforation,
        procedures.is_reperfused_final,
        procedures.is_warned,
        procedures.puncture_at,
        procedures.ended_at,
        procedures.delivered_on,
        index_procedures.procedure_key is not null as is_index_procedure
    from procedures
    left join index_procedures
        on procedures.procedure_key = index_procedures.procedure_key

)

select * from published
order by procedure_key

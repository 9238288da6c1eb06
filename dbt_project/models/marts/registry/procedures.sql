with

procedures as (

    select * from {{ ref('int_procedures') }}

),

published as (

    select
        procedure_key,
        patient_key,
        site,
        source_file,
        source_row,
        occlusion_site,
        occlusion_artery,
        circulation,
        anesthesia,
        device,
        mtici_after_mt,
        rescue_stent,
        mtici_final,
        passes,
        residual_stenosis_pct,
        onset_to_puncture_min,
        door_to_puncture_min,
        procedure_duration_min,
        ivt,
        is_general_anesthesia,
        is_reperfused_after_mt,
        balloon_angioplasty,
        tirofiban,
        artery_perforation,
        is_reperfused_final,
        is_warned,
        puncture_at,
        ended_at,
        delivered_on
    from procedures

)

select * from published
order by procedure_key

with

source as (

    select * from {{ source('raw', 'procedures') }}

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
        procedure_key,
        patient_key,
        admission_key,
        puncture_at,
        ended_at,
        occlusion_site,
        ivt,
        anesthesia,
        device,
        passes,
        residual_stenosis_pct,
        mtici_after_mt,
        rescue_stent,
        balloon_angioplasty,
        tirofiban,
        artery_perforation,
        mtici_final,
        unparsed_fields
    from source

)

select * from staged

-- Thrombectomies with what was done in them, and imaging.
with

done as (

    select
        procedures.procedure_key as record,
        procedures.patient_key,
        procedures.admission_key,
        facts.*,
        procedures.puncture_at as happened_on
    from procedures,
        lateral (
            values
            ('thrombectomy', 'done', procedures.puncture_at, procedures.ended_at),
            ('anesthesia', procedures.anesthesia, null, null),
            ('rescue_stent', nullif(procedures.rescue_stent, 'not_indicated'), null, null),
            ('balloon_angioplasty', as_text(procedures.balloon_angioplasty), null, null)
        ) as facts (field, code, began_at, ended_at)
    where facts.code is not null and facts.code not in ('false', 'refused')

    union all

    select
        imaging.imaging_key as record,
        imaging.patient_key,
        imaging.admission_key,
        'modality' as field,
        imaging.modality as code,
        imaging.imaged_at as began_at,
        null as ended_at,
        imaging.imaged_at as happened_on
    from imaging

    union all

    select
        admission_key as record,
        patient_key,
        admission_key,
        'selection_imaging' as field,
        selection_imaging as code,
        selection_imaged_at as began_at,
        null as ended_at,
        admitted_at as happened_on
    from stays
    where selection_imaging is not null

)

select
    patient_key as person,
    admission_key as visit,
    cast(coalesce(began_at, happened_on) as date) as procedure_date,
    began_at as procedure_datetime,
    cast(ended_at as date) as procedure_end_date,
    ended_at as procedure_end_datetime,
    record || '.' || field as record,
    concept(field, code) as procedure_concept_id,
    concept('type', 'registry') as procedure_type_concept_id,
    if(code in ('true', 'done'), field, field || '=' || code) as procedure_source_value
from done

with

used as (

    select
        facts.*,
        procedures.procedure_key,
        procedures.patient_key,
        procedures.admission_key,
        procedures.puncture_at
    from procedures,
        lateral (
            values
            ('device', procedures.device),
            ('stent', if(procedures.rescue_stent = 'placed', 'rescue_stent', null))
        ) as facts (field, code)
    where facts.code is not null

)

select
    patient_key as person,
    admission_key as visit,
    cast(puncture_at as date) as device_exposure_start_date,
    procedure_key || '.' || field as record,
    concept(field, code) as device_concept_id,
    concept('type', 'registry') as device_type_concept_id,
    field || '=' || code as device_source_value
from used

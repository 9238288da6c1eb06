-- Thrombolysis without a time was given before the puncture: the day is the puncture's.
with

given as (

    select
        facts.*,
        procedures.procedure_key,
        procedures.patient_key,
        procedures.admission_key,
        procedures.puncture_at
    from procedures,
        lateral (
            values
            (
                'ivt_drug', if(procedures.ivt, coalesce(procedures.ivt_drug, 'unknown'), null),
                procedures.ivt_at
            ),
            ('tirofiban', if(procedures.tirofiban, 'true', null), null)
        ) as facts (field, code, given_at)
    where facts.code is not null

)

select
    patient_key as person,
    admission_key as visit,
    cast(coalesce(given_at, puncture_at) as date) as drug_exposure_start_date,
    given_at as drug_exposure_start_datetime,
    cast(coalesce(given_at, puncture_at) as date) as drug_exposure_end_date,
    procedure_key || '.' || field as record,
    concept(field, code) as drug_concept_id,
    concept('type', 'registry') as drug_type_concept_id,
    if(field = 'ivt_drug', concept('route', 'intravenous'), null) as route_concept_id,
    if(code = 'true', field, field || '=' || code) as drug_source_value,
    if(field = 'ivt_drug', 'intravenous', null) as route_source_value
from given

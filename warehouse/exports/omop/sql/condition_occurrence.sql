-- The stroke; risk factors (all that is known is that they were there on arrival); hemorrhages on
-- scans; complications. No row says that a patient does not have a condition, or that nothing is
-- known of it.
with

found as (

    select
        stays.admission_key as record,
        stays.patient_key,
        stays.admission_key,
        facts.*
    from stays,
        lateral (
            values
            (
                'etiology', coalesce(stays.etiology, 'unknown'),
                coalesce(stays.onset_at, stays.admitted_at), null
            ),
            ('hypertension', as_text(stays.hypertension), null, stays.admitted_at),
            ('diabetes', as_text(stays.diabetes), null, stays.admitted_at),
            ('dyslipidemia', as_text(stays.dyslipidemia), null, stays.admitted_at),
            (
                'coronary_artery_disease', as_text(stays.coronary_artery_disease),
                null, stays.admitted_at
            ),
            ('atrial_fibrillation', as_text(stays.atrial_fibrillation), null, stays.admitted_at)
        ) as facts (field, code, happened_at, happened_on)

    union all

    select
        procedures.procedure_key as record,
        procedures.patient_key,
        procedures.admission_key,
        facts.*,
        null as happened_at,
        procedures.puncture_at as happened_on
    from procedures,
        lateral (
            values
            ('artery_perforation', as_text(procedures.artery_perforation)),
            ('artery_dissection', as_text(procedures.artery_dissection)),
            ('new_territory_embolization', as_text(procedures.new_territory_embolization)),
            ('access_site_hematoma', as_text(procedures.access_site_hematoma))
        ) as facts (field, code)

    union all

    select
        imaging.imaging_key as record,
        imaging.patient_key,
        imaging.admission_key,
        'hemorrhage_type' as field,
        imaging.hemorrhage_type as code,
        imaging.imaged_at as happened_at,
        null as happened_on
    from imaging
    where imaging.is_hemorrhage

)

select
    patient_key as person,
    admission_key as visit,
    cast(coalesce(happened_at, happened_on) as date) as condition_start_date,
    happened_at as condition_start_datetime,
    record || '.' || field as record,
    concept(field, code) as condition_concept_id,
    concept('type', 'registry') as condition_type_concept_id,
    if(code = 'true', field, field || '=' || code) as condition_source_value
from found
where code <> 'false'

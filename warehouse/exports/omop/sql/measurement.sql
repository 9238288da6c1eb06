-- Scores, laboratory values, volumes (numbers) and grades (codes). A value without a time of its
-- own has the day of its record: arrival, puncture, discharge.
with

of_stays as (

    select
        stays.admission_key as record,
        stays.patient_key,
        stays.admission_key,
        facts.*
    from stays,
        lateral (
            values
            ('baseline_nihss', stays.baseline_nihss, null, stays.admitted_at, stays.admitted_at),
            ('aspects', stays.aspects, null, null, stays.admitted_at),
            ('prestroke_mrs', stays.prestroke_mrs, null, null, stays.admitted_at),
            ('glucose_mmol_per_l', stays.glucose_mmol_per_l, 'mmol/L', null, stays.admitted_at),
            ('platelets_giga_per_l', stays.platelets_giga_per_l, '10^9/L', null, stays.admitted_at),
            (
                'systolic_bp_mmhg', stays.systolic_bp_mmhg, 'mmHg',
                stays.admitted_at, stays.admitted_at
            ),
            (
                'diastolic_bp_mmhg', stays.diastolic_bp_mmhg, 'mmHg',
                stays.admitted_at, stays.admitted_at
            ),
            ('core_ml', stays.core_ml, 'mL', stays.selection_imaged_at, stays.admitted_at),
            (
                'hypoperfusion_ml', stays.hypoperfusion_ml, 'mL',
                stays.selection_imaged_at, stays.admitted_at
            ),
            (
                'nihss_24h', stays.nihss_24h, null,
                null, coalesce(stays.puncture_at, stays.admitted_at) + to_days(1)
            ),
            (
                'nihss_discharge', stays.nihss_discharge, null,
                null, cast(stays.stayed_until as timestamp)
            ),
            (
                'mrs_discharge', stays.mrs_discharge, null,
                null, cast(stays.stayed_until as timestamp)
            )
        ) as facts (field, number, unit, happened_at, happened_on)

),

of_procedures as (

    select
        procedures.procedure_key as record,
        procedures.patient_key,
        procedures.admission_key,
        facts.*
    from procedures,
        lateral (
            values
            (
                'residual_stenosis_pct', procedures.residual_stenosis_pct, null,
                '%', null, procedures.puncture_at
            ),
            (
                'mtici_first_pass', null, procedures.mtici_first_pass,
                null, procedures.first_pass_at, procedures.puncture_at
            ),
            ('mtici_after_mt', null, procedures.mtici_after_mt, null, null, procedures.puncture_at),
            (
                'mtici_final', null, procedures.mtici_final,
                null, procedures.ended_at, procedures.puncture_at
            )
        ) as facts (field, number, code, unit, happened_at, happened_on)

),

measured as (

    select * from of_stays
    union all by name
    select * from of_procedures
    union all by name
    select
        imaging.imaging_key as record,
        imaging.patient_key,
        imaging.admission_key,
        'nihss_at_imaging' as field,
        imaging.nihss_at_imaging as number,
        imaging.imaged_at as happened_at
    from imaging
    union all by name
    select
        concat_ws(
            '+', followups.admission_key, nullif(followups.time_point, 'day_90')
        ) as record,
        followups.patient_key,
        'mrs' as field,
        followups.mrs as number,
        coalesce(followups.assessed_on, followups.death_date) as happened_on
    from followups

)

select
    patient_key as person,
    admission_key as visit,
    cast(coalesce(happened_at, happened_on) as date) as measurement_date,
    happened_at as measurement_datetime,
    number as value_as_number,
    field as measurement_source_value,
    unit as unit_source_value,
    record || '.' || field as record,
    concept(field, null) as measurement_concept_id,
    concept('type', 'registry') as measurement_type_concept_id,
    if(code is null, null, concept(field, code)) as value_as_concept_id,
    if(unit is null, null, concept('unit', unit)) as unit_concept_id,
    coalesce(code, regexp_replace(cast(number as varchar), '\.0$', '')) as value_source_value
from measured
where number is not null or code is not null

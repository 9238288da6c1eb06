-- The analyzed patients of the default study.

with

study_definition as (select * from {{ ref('stg_study_definition') }}),
study_patients as (select * from {{ ref('int_study_patients') }}),
strokes as (select * from {{ ref('int_strokes') }}),

analyzed as (

    select
        strokes.*,
        study_patients.study_group,
        cast(study_patients.variables['is_above_stenosis_threshold'] as boolean)
            as is_above_stenosis_threshold
    from study_patients
    inner join study_definition
        on study_patients.study = study_definition.study
    inner join strokes
        on study_patients.admission_key = strokes.admission_key
    where study_patients.left_at is null

)

select * from analyzed
order by patient_key

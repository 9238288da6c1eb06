-- The analyzed patients of each study, with what is known of their strokes.

with

study_patients as (select * from {{ ref('int_study_patients') }}),
strokes as (select * from {{ ref('int_strokes') }}),

members as (

    select
        strokes.*,
        study_patients.study,
        study_patients.study_group,
        study_patients.variables,
        study_patients.subgroups
    from study_patients
    inner join strokes
        on study_patients.admission_key = strokes.admission_key
    where study_patients.left_at is null

)

select * from members
order by study, patient_key, admission_key

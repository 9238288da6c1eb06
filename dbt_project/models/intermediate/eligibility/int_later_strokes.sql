-- A study counts a patient's first eligible stroke: one that meets each criterion of inclusion. A
-- later one that does is left out, whatever becomes of the first.

with

screened_patients as (select * from {{ ref('int_screened_patients') }}),
exclusions as (select * from {{ ref('int_exclusions') }}),

eligible as (

    select
        screened_patients.admission_key,
        row_number() over (
            partition by screened_patients.patient_key
            order by screened_patients.treated_on, screened_patients.admission_key
        ) as stroke_number
    from screened_patients
    where screened_patients.admission_key not in (
        select exclusions.admission_key from exclusions
        where exclusions.is_of_inclusion
    )

),

later_strokes as (

    select
        admission_key,
        'later_stroke' as step_name,
        'an earlier stroke of the patient is counted' as reason
    from eligible
    where stroke_number > 1

)

select * from later_strokes

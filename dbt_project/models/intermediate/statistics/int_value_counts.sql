-- How often each value of each line of each study occurs in each group, among the analyzed.
-- Every statistic of the tables is computed from these rows.
{{ config(materialized='new_table') }}

with

study_patients as (select * from {{ ref('int_study_patients') }}),
strokes as (select * from {{ ref('int_strokes') }}),

-- each study reads its own lines' columns of it, once
analyzed as not materialized (

    select
        strokes.*,
        study_patients.study,
        study_patients.study_group,
        study_patients.variables,
        study_patients.subgroups
    from study_patients
    inner join strokes on study_patients.admission_key = strokes.admission_key
    where study_patients.left_at is null

)

{{ of_each_study('value_counts_sql', 'analyzed') }}

-- The screened strokes of each study: group, and the step at which a patient leaves.
{{ config(materialized='new_table') }}

with

strokes as (select * from {{ ref('int_strokes') }}),
-- what each query reads of it are its own study's rows
criteria as (select * from {{ ref('int_study_criteria') }}) -- noqa: ST03

{{ of_each_study('patients_sql', 'strokes') }}

-- The screened strokes of each study: group, and the step at which a patient leaves.
{{ config(materialized='new_table') }}

with

strokes as (select * from {{ ref('int_strokes') }})

{{ of_each_study('patients_sql', 'strokes') }}

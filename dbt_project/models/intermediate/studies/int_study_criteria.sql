-- What each criterion of each study says of each screened stroke, and the value that decided.
{{ config(materialized='new_table') }}

with

strokes as (select * from {{ ref('int_strokes') }})

{{ of_each_study('criteria_sql', 'strokes') }}

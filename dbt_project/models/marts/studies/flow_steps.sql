select * from {{ ref('int_study_flow') }}
order by study, step_order

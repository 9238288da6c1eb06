select * from {{ ref('int_patient_flow') }}
order by step

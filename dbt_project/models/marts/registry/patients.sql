select * from {{ ref('int_patients') }}
order by patient_key, admission_key

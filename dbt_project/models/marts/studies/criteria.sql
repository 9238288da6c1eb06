select * from {{ ref('int_study_eligibility') }}
order by study, patient_key, admission_key, step_order

-- The analyzed patients of each study.

select * from {{ ref('int_study_patients') }}
where left_at is null
order by study, patient_key

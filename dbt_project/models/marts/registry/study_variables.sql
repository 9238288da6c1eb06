{{ config(contract={'enforced': false}, post_hook="{{ comment_study_variables() }}") }}

-- Which columns there are, the hospital says (study_variables.yaml), not this project.

select
    columns(
        lambda name: name in ('admission_key', 'patient_key', 'site')
        or (starts_with(name, 'study_') and name <> 'study_arm')
    )
from {{ ref('int_patients') }}
order by patient_key, admission_key

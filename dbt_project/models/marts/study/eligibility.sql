-- The criteria of the default study. A patient passes every step before the one that excludes, and
-- has no row after it.

select eligibility.*
from {{ ref('int_study_eligibility') }} as eligibility
inner join {{ ref('stg_study_definition') }} as study_definition
    on eligibility.study = study_definition.study
where eligibility.status <> 'left before'
order by eligibility.patient_key, eligibility.admission_key, eligibility.step_order

-- The patient flow of the default study.

select flow.*
from {{ ref('int_study_flow') }} as flow
inner join {{ ref('stg_study_definition') }} as study_definition
    on flow.study = study_definition.study
where flow.step is not null
order by flow.step

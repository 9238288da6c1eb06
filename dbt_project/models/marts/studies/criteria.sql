-- What each criterion of each study says of each screened stroke: met, not met, or unknown, with
-- the value that decided. Where a patient leaves, the later criteria still say what they found.

with

study_flow as (select * from {{ ref('int_study_flow') }}),
study_patients as (select * from {{ ref('int_study_patients') }}),
study_criteria as (select * from {{ ref('int_study_criteria') }}),

decided as (

    select
        study_patients.study,
        study_patients.admission_key,
        study_patients.patient_key,
        study_patients.site,
        study_flow.step_order,
        study_flow.step,
        study_flow.step_name,
        study_flow.label,
        study_criteria.decided_by,
        case
            when study_flow.place = study_patients.left_at then 'excluded'
            when study_flow.place > study_patients.left_at then 'left before'
            else 'passed'
        end as status,
        case when study_flow.place = study_patients.left_at then study_patients.reason end
            as reason,
        case study_criteria.is_met
            when true then 'met'
            when false then 'not met'
            else 'unknown'
        end as result
    from study_patients
    inner join study_flow
        on study_patients.study = study_flow.study
    left join study_criteria
        on
            study_patients.study = study_criteria.study
            and study_patients.admission_key = study_criteria.admission_key
            and study_flow.place = study_criteria.place
    where study_flow.is_exclusion

)

select * from decided
order by study, patient_key, admission_key, step_order

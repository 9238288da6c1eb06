-- A patient passes every step before the one that excludes, and has no row after it.

with

screened_patients as (select * from {{ ref('int_screened_patients') }}),
flow_steps as (select * from {{ ref('int_flow_steps') }}),
first_exclusions as (select * from {{ ref('int_first_exclusions') }}),
patient_flow as (select * from {{ ref('int_patient_flow') }}),

exclusion_steps as (

    select
        flow_steps.step_order,
        flow_steps.step_name,
        flow_steps.label,
        patient_flow.step
    from flow_steps
    left join patient_flow
        on flow_steps.step_order = patient_flow.step_order
    where flow_steps.is_exclusion

),

decided as (

    select
        screened_patients.admission_key,
        screened_patients.patient_key,
        screened_patients.site,
        exclusion_steps.step_order,
        exclusion_steps.step,
        exclusion_steps.step_name,
        exclusion_steps.label,
        case
            when exclusion_steps.step_order = first_exclusions.step_order then 'excluded'
            else 'passed'
        end as status,
        case
            when exclusion_steps.step_order = first_exclusions.step_order
                then first_exclusions.reason
        end as reason
    from screened_patients
    cross join exclusion_steps
    left join first_exclusions
        on screened_patients.admission_key = first_exclusions.admission_key
    where
        first_exclusions.step_order is null
        or exclusion_steps.step_order <= first_exclusions.step_order

)

select * from decided
order by patient_key, admission_key, step_order

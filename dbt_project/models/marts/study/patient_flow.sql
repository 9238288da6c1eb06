with

patient_flow as (

    select * from {{ ref('int_patient_flow') }}

),

published as (

    select
        step,
        step_name,
        label,
        n_excluded,
        n_remaining
    from patient_flow

)

select * from published
order by step

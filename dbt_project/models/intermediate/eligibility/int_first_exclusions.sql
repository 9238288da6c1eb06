-- A patient leaves the study at the first step that applies, and is counted there alone.

with

exclusions as (

    select * from {{ ref('int_exclusions') }}

),

flow_steps as (

    select * from {{ ref('int_flow_steps') }}

),

numbered as (

    select
        exclusions.admission_key,
        exclusions.step_name,
        exclusions.reason,
        flow_steps.step_order,
        row_number() over (
            partition by exclusions.admission_key
            order by flow_steps.step_order
        ) as exclusion_number
    from exclusions
    inner join flow_steps
        on exclusions.step_name = flow_steps.step_name

),

first_exclusions as (

    select
        admission_key,
        step_name,
        reason,
        step_order
    from numbered
    where exclusion_number = 1

)

select * from first_exclusions

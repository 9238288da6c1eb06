-- A patient leaves the study at the first step that applies, and is counted there alone.

with

exclusions as (select * from {{ ref('int_exclusions') }}),
later_strokes as (select * from {{ ref('int_later_strokes') }}),
deaths_only as (select * from {{ ref('int_deaths_only') }}),
flow_steps as (select * from {{ ref('int_flow_steps') }}),

reasons as (

    select
        admission_key,
        step_name,
        reason
    from exclusions
    union all
    select
        admission_key,
        step_name,
        reason
    from later_strokes
    union all
    select
        admission_key,
        step_name,
        reason
    from deaths_only

),

numbered as (

    select
        reasons.admission_key,
        reasons.step_name,
        reasons.reason,
        flow_steps.step_order,
        row_number() over (
            partition by reasons.admission_key
            order by flow_steps.step_order
        ) as exclusion_number
    from reasons
    inner join flow_steps
        on reasons.step_name = flow_steps.step_name

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

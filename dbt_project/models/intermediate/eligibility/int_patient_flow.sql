{{ config(materialized='new_table') }}

with

flow_steps as (select * from {{ ref('int_flow_steps') }}),
screened_patients as (select * from {{ ref('int_screened_patients') }}),
first_exclusions as (select * from {{ ref('int_first_exclusions') }}),

screened_count as (

    select count(*) as n_screened
    from screened_patients

),

excluded_per_step as (

    select
        step_order,
        count(*) as n_excluded
    from first_exclusions
    group by step_order

),

counted as (

    select
        flow_steps.step_order,
        flow_steps.step_name,
        flow_steps.label,
        flow_steps.is_exclusion,
        flow_steps.is_always_shown,
        screened_count.n_screened,
        coalesce(excluded_per_step.n_excluded, 0) as n_excluded
    from flow_steps
    cross join screened_count
    left join excluded_per_step
        on flow_steps.step_order = excluded_per_step.step_order

),

remaining as (

    select
        *,
        n_screened - sum(n_excluded) over (order by step_order) as n_remaining
    from counted

),

flow as (

    select
        step_order,
        cast(row_number() over (order by step_order) as integer) as step,
        step_name,
        label,
        is_exclusion,
        n_excluded,
        cast(n_remaining as bigint) as n_remaining
    from remaining
    where is_always_shown or n_excluded > 0

)

select * from flow

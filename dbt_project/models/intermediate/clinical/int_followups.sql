{{ config(materialized='new_table') }}

-- A follow-up whose admission is not current (withdrawn, say) is not in the registry.

with

followups as (select * from {{ source('raw', 'followups') }}),
current_rows as (select * from {{ ref('int_current_rows') }}),
patients as (select * from {{ ref('int_patients') }}),
mrs as (select * from {{ ref('mrs') }}),

current_followups as (

    select
        followups.* exclude (time_point),  -- noqa: RF02
        {{ other_time_point('followups.time_point') }} as other_time_point,
        mrs.is_death as is_dead_at_assessment,
        current_rows.is_warned
    from followups
    inner join current_rows
        on followups.row_id = current_rows.row_id
    inner join patients
        on followups.admission_key = patients.admission_key
    left join mrs
        on followups.mrs = mrs.code

)

select * from current_followups

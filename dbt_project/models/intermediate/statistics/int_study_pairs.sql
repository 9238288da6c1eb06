-- Both groups side by side: one row per variable, what every two-group test starts from.
{{ config(materialized='new_table') }}

with

moments as (

    select * from {{ ref('int_study_moments') }}

),

study_groups as (

    select * from {{ ref('study_groups') }}

),

pairs as (

    select
        moments.variable,
        max(case when study_groups.prefix = 'rs' then moments.denominator end) as rs_denominator,
        max(case when study_groups.prefix = 'rs' then moments.n end) as rs_n,
        max(case when study_groups.prefix = 'rs' then moments.mean end) as rs_mean,
        max(case when study_groups.prefix = 'rs' then moments.sd end) as rs_sd,
        max(case when study_groups.prefix = 'non_rs' then moments.denominator end)
            as non_rs_denominator,
        max(case when study_groups.prefix = 'non_rs' then moments.n end) as non_rs_n,
        max(case when study_groups.prefix = 'non_rs' then moments.mean end) as non_rs_mean,
        max(case when study_groups.prefix = 'non_rs' then moments.sd end) as non_rs_sd
    from moments
    inner join study_groups on moments.study_group = study_groups.study_group
    group by moments.variable

)

select * from pairs

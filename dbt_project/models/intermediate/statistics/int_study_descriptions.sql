-- What describes a variable in a group: number and share for yes/no variables, mean, standard
-- deviation and quartiles for the others. The share is of the patients with a value.
{{ config(materialized='new_table') }}

with

moments as (

    select * from {{ ref('int_study_moments') }}

),

quartiles as (

    select * from {{ ref('int_study_quartiles') }}

),

study_groups as (

    select * from {{ ref('study_groups') }}

),

descriptions as (

    select
        moments.variable,
        moments.study_group,
        study_groups.prefix,
        moments.group_size,
        moments.denominator,
        moments.missing,
        moments.n,
        100.0 * moments.n / nullif(moments.denominator, 0) as pct,
        case when moments.n is null then moments.mean end as mean,
        case when moments.n is null then moments.sd end as sd,
        case when moments.n is null then quartiles.median end as median,
        case when moments.n is null then quartiles.q1 end as q1,
        case when moments.n is null then quartiles.q3 end as q3
    from moments
    inner join study_groups on moments.study_group = study_groups.study_group
    left join quartiles
        on
            moments.variable = quartiles.variable
            and moments.study_group = quartiles.study_group

)

select * from descriptions

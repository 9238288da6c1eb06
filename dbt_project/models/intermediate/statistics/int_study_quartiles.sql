-- Median and quartiles as a weighted average at rank (n + 1)p.
-- Hyndman RJ, Fan Y (1996), Am Stat 50:361, type 6, the default of SPSS: of the nine types the only
-- one that admits all printed quartiles of Guo 2023, Table 1. The rank lies between two patients;
-- the quartile is the value of the lower one plus that fraction of the step to the upper one.
{{ config(materialized='new_table') }}

with

study_values as (

    select * from {{ ref('int_study_values') }}
    where observed is not null

),

ranges_of_ranks as (

    select
        variable,
        study_group,
        observed,
        sum(n) over values_in_order - n + 1 as first_rank,
        sum(n) over values_in_order as last_rank
    from study_values
    window
        values_in_order as (
            partition by variable, study_group
            order by observed
            rows between unbounded preceding and current row
        )

),

group_sizes as (

    select
        variable,
        study_group,
        sum(n) as n
    from study_values
    group by variable, study_group

),

ranks as (

    select
        group_sizes.variable,
        group_sizes.study_group,
        group_sizes.n,
        quartiles.quartile,
        (group_sizes.n + 1) * quartiles.quartile / 4.0 as rank_wanted
    from group_sizes
    cross join (values (1), (2), (3)) as quartiles (quartile)

),

neighbours as (

    select
        variable,
        study_group,
        quartile,
        least(greatest(floor(rank_wanted), 1), n) as lower_rank,
        least(greatest(floor(rank_wanted) + 1, 1), n) as upper_rank,
        rank_wanted - floor(rank_wanted) as fraction
    from ranks

),

quartiles as (

    select
        neighbours.variable,
        neighbours.study_group,
        neighbours.quartile,
        lower_values.observed
        + cast(neighbours.fraction as double) * (upper_values.observed - lower_values.observed)
            as quartile_value
    from neighbours
    inner join ranges_of_ranks as lower_values
        on
            neighbours.variable = lower_values.variable
            and neighbours.study_group = lower_values.study_group
            and neighbours.lower_rank between lower_values.first_rank and lower_values.last_rank
    inner join ranges_of_ranks as upper_values
        on
            neighbours.variable = upper_values.variable
            and neighbours.study_group = upper_values.study_group
            and neighbours.upper_rank between upper_values.first_rank and upper_values.last_rank

),

side_by_side as (

    select
        variable,
        study_group,
        max(case when quartile = 1 then quartile_value end) as q1,
        max(case when quartile = 2 then quartile_value end) as median,
        max(case when quartile = 3 then quartile_value end) as q3
    from quartiles
    group by variable, study_group

)

select * from side_by_side

-- Levene's test of equal variances: one-way analysis of variance of the distance of each patient
-- from the mean of the group. SPSS prints it beside every t-test; Guo 2023 prints it in place of
-- one. Null when a group has no value, with fewer than three patients, or when no distance varies.
{{ config(materialized='new_table') }}

with

study_values as (

    select * from {{ ref('int_study_values') }}
    where observed is not null

),

moments as (

    select * from {{ ref('int_study_moments') }}
    where n is null

),

study_groups as (

    select * from {{ ref('study_groups') }}

),

distances as (

    select
        study_values.variable,
        study_groups.prefix,
        study_values.observed,
        study_values.n,
        moments.denominator,
        abs(study_values.observed - moments.mean) as distance
    from study_values
    inner join moments
        on
            study_values.variable = moments.variable
            and study_values.study_group = moments.study_group
    inner join study_groups on study_values.study_group = study_groups.study_group

),

mean_distances as (

    select
        *,
        sum(n * distance) over (
            partition by variable, prefix
            order by observed
            rows between unbounded preceding and unbounded following
        ) / denominator as mean_distance
    from distances

),

spreads as (

    select
        variable,
        prefix,
        observed,
        denominator,
        mean_distance,
        sum(n * power(observed, 2)) over (
            partition by variable, prefix
            order by observed
            rows between unbounded preceding and unbounded following
        ) as raw_squares,
        sum(n * power(distance - mean_distance, 2)) over (
            partition by variable, prefix
            order by observed
            rows between unbounded preceding and unbounded following
        ) as spread
    from mean_distances

),

side_by_side as (

    select
        variable,
        max(case when prefix = 'rs' then denominator end) as rs_size,
        max(case when prefix = 'non_rs' then denominator end) as non_rs_size,
        max(case when prefix = 'rs' then mean_distance end)
        - max(case when prefix = 'non_rs' then mean_distance end) as difference,
        max(case when prefix = 'rs' then spread end)
        + max(case when prefix = 'non_rs' then spread end) as spread_within,
        max(case when prefix = 'rs' then raw_squares end)
        + max(case when prefix = 'non_rs' then raw_squares end) as raw_squares
    from spreads
    group by variable

),

statistics as (

    select
        variable,
        cast(rs_size + non_rs_size - 2 as double) as degrees_of_freedom,
        -- with two groups the sum of squares between them is the squared difference of their means
        -- times the product of their sizes over the sum of their sizes
        (rs_size + non_rs_size - 2)
        * (cast(rs_size as double) * non_rs_size / (rs_size + non_rs_size) * power(difference, 2))
        / nullif({{ without_noise('spread_within', 'raw_squares') }}, 0) as test_statistic
    from side_by_side

),

levene as (

    select
        variable,
        'levene' as test,
        test_statistic,
        degrees_of_freedom,
        f_p(test_statistic, 1, degrees_of_freedom) as p_value
    from statistics

)

select * from levene

-- Standardised mean difference, rescue stenting minus no rescue stenting, in units of the root mean
-- square of both groups' standard deviations (Austin PC, 2009, Stat Med 28:3083). For a share the
-- variance is p(1 - p). Null when a group is empty or nothing varies.

with

pairs as (

    select * from {{ ref('int_study_pairs') }}

),

standardised_differences as (

    select
        variable,
        (rs_mean - non_rs_mean) / nullif(sqrt(case
            when rs_n is null then (power(rs_sd, 2) + power(non_rs_sd, 2)) / 2
            else (rs_mean * (1 - rs_mean) + non_rs_mean * (1 - non_rs_mean)) / 2
        end), 0) as standardised_mean_difference
    from pairs

)

select * from standardised_differences

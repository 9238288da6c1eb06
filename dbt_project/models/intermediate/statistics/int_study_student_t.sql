-- Student's t with pooled variance: the difference of the means over its standard error, n - 2
-- degrees of freedom. Guo 2023 names Student's test, and only the pooled form gives its p of age.
-- Null when a group has no value, when fewer than three patients have one, or without any spread.

with

pairs as (

    select * from {{ ref('int_study_pairs') }}
    where rs_n is null

),

pooled as (

    select
        *,
        rs_denominator + non_rs_denominator - 2 as df,
        (
            (rs_denominator - 1) * coalesce(power(rs_sd, 2), 0)
            + (non_rs_denominator - 1) * coalesce(power(non_rs_sd, 2), 0)
        ) / nullif(greatest(rs_denominator + non_rs_denominator - 2, 0), 0) as variance
    from pairs
    where rs_denominator > 0 and non_rs_denominator > 0

),

statistics as (

    select
        variable,
        cast(df as double) as degrees_of_freedom,
        (rs_mean - non_rs_mean)
        / nullif(sqrt(variance * (1.0 / rs_denominator + 1.0 / non_rs_denominator)), 0)
            as test_statistic
    from pooled

),

student_t as (

    select
        variable,
        't' as test,
        test_statistic,
        degrees_of_freedom,
        student_t_p(test_statistic, degrees_of_freedom) as p_value
    from statistics

)

select * from student_t

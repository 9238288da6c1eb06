-- Pearson's chi-square of a 2x2 table without Yates' correction, as SPSS prints it and as the
-- printed statistics of Guo 2023 need it: N(ad - bc)^2 / product of the margins, one degree of
-- freedom. Null when a row or a column is empty.

with

two_by_two as (

    select * from {{ ref('int_study_two_by_two') }}

),

statistics as (

    select
        variable,
        (a + b + c + d) * power(a * d - b * c, 2)
        / nullif((a + b) * (c + d) * (a + c) * (b + d), 0) as test_statistic
    from two_by_two

),

chi_square as (

    select
        variable,
        'chi2' as test,
        test_statistic,
        cast(1 as double) as degrees_of_freedom,
        chi_square_p(test_statistic, 1) as p_value
    from statistics

)

select * from chi_square

-- Fisher's exact test of a 2x2 table, two-sided and one-sided (the tail in the direction of the
-- difference). Guo 2023 prints both in places without naming them.

with

two_by_two as (

    select * from {{ ref('int_study_two_by_two') }}

),

fisher as (

    select
        variable,
        'fisher_two_sided' as test,
        cast(null as double) as test_statistic,
        cast(null as double) as degrees_of_freedom,
        fisher_exact_p(a, b, c, d) as p_value
    from two_by_two
    union all
    select
        variable,
        'fisher_one_sided' as test,
        cast(null as double) as test_statistic,
        cast(null as double) as degrees_of_freedom,
        fisher_exact_one_sided_p(a, b, c, d) as p_value
    from two_by_two

)

select * from fisher

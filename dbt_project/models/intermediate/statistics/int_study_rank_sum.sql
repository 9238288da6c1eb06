-- Mann-Whitney's rank sum test: normal approximation, corrected for ties, without continuity
-- correction, as SPSS prints it. Patients with the same value share the mean of their ranks.
-- z is positive when values are higher under rescue stenting (SPSS prints -|z|).
-- Null when a group has no value or all values are the same.
{{ config(materialized='new_table') }}

with

study_values as (

    select * from {{ ref('int_study_values') }}
    where observed is not null

),

pairs as (

    select * from {{ ref('int_study_pairs') }}
    where rs_n is null

),

study_groups as (

    select * from {{ ref('study_groups') }}

),

tied_values as (

    select
        study_values.variable,
        study_values.observed,
        cast(sum(study_values.n) as double) as n,
        cast(sum(case when study_groups.prefix = 'rs' then study_values.n else 0 end) as double)
            as rs_n
    from study_values
    inner join pairs on study_values.variable = pairs.variable
    inner join study_groups on study_values.study_group = study_groups.study_group
    group by study_values.variable, study_values.observed

),

midranks as (

    select
        variable,
        observed,
        n,
        rs_n,
        sum(n) over (
            partition by variable
            order by observed
            rows between unbounded preceding and current row
        ) - (n - 1) / 2 as midrank
    from tied_values

),

running_sums as (

    select
        variable,
        sum(rs_n) over values_in_order as rs_size,
        sum(n - rs_n) over values_in_order as non_rs_size,
        sum(rs_n * midrank) over values_in_order as rank_sum,
        sum(power(n, 3) - n) over values_in_order as tie_sum,
        row_number() over values_in_order as place,
        count(*) over (partition by variable) as last_place
    from midranks
    window
        values_in_order as (
            partition by variable
            order by observed
            rows between unbounded preceding and current row
        )

),

sums as (

    select
        *,
        rs_size + non_rs_size as total_size
    from running_sums
    where place = last_place

),

variances as (

    select
        variable,
        rank_sum - rs_size * (total_size + 1) / 2 as distance,
        case
            when last_place > 1
                then
                    rs_size * non_rs_size / 12
                    * (total_size + 1 - tie_sum / (total_size * (total_size - 1)))
        end as variance
    from sums

),

statistics as (

    select
        variable,
        distance / nullif(sqrt(variance), 0) as test_statistic
    from variances

),

rank_sum as (

    select
        variable,
        'ranksum' as test,
        test_statistic,
        cast(null as double) as degrees_of_freedom,
        normal_p(test_statistic) as p_value
    from statistics

)

select * from rank_sum

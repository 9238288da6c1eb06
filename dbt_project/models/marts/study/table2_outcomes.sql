-- Guo 2023, Table 2: outcomes of both groups, one row per printed line, with effect sizes.

with

tables as (

    select * from {{ ref('int_study_tables') }}
    where table_name = 'table2'

)

select
    line,
    variable,
    section,
    label,
    unit,
    indent,
    summary,
    rs_denominator,
    rs_missing,
    rs_n,
    rs_pct,
    rs_mean,
    rs_sd,
    rs_median,
    rs_q1,
    rs_q3,
    rs_display,
    non_rs_denominator,
    non_rs_missing,
    non_rs_n,
    non_rs_pct,
    non_rs_mean,
    non_rs_sd,
    non_rs_median,
    non_rs_q1,
    non_rs_q3,
    non_rs_display,
    test,
    test_statistic,
    degrees_of_freedom,
    p_value,
    p_display,
    exact_p_value,
    fisher_p_value,
    standardised_mean_difference,
    risk_difference,
    risk_difference_ci_low,
    risk_difference_ci_high,
    risk_ratio,
    risk_ratio_ci_low,
    risk_ratio_ci_high,
    odds_ratio,
    odds_ratio_ci_low,
    odds_ratio_ci_high,
    effect_note
from tables
order by line

-- Guo 2023, Table 2: outcomes of both groups, one row per printed line, with effect sizes.

with

tables as (

    select * from {{ ref('int_study_tables') }}
    where table_name = 'table2'

),

effects as (

    select * from {{ ref('int_study_effects') }}

)

select
    tables.line,
    tables.variable,
    tables.section,
    tables.label,
    tables.unit,
    tables.indent,
    tables.summary,
    tables.rs_denominator,
    tables.rs_missing,
    tables.rs_n,
    tables.rs_pct,
    tables.rs_mean,
    tables.rs_sd,
    tables.rs_median,
    tables.rs_q1,
    tables.rs_q3,
    tables.rs_display,
    tables.non_rs_denominator,
    tables.non_rs_missing,
    tables.non_rs_n,
    tables.non_rs_pct,
    tables.non_rs_mean,
    tables.non_rs_sd,
    tables.non_rs_median,
    tables.non_rs_q1,
    tables.non_rs_q3,
    tables.non_rs_display,
    tables.test,
    tables.test_statistic,
    tables.degrees_of_freedom,
    tables.p_value,
    tables.p_display,
    tables.fisher_p_value,
    tables.standardised_mean_difference,
    effects.risk_difference,
    effects.risk_difference_ci_low,
    effects.risk_difference_ci_high,
    effects.risk_ratio,
    effects.risk_ratio_ci_low,
    effects.risk_ratio_ci_high,
    effects.odds_ratio,
    effects.odds_ratio_ci_low,
    effects.odds_ratio_ci_high,
    effects.effect_note
from tables
left join effects on tables.variable = effects.variable
order by tables.line

-- Risk difference, risk ratio and odds ratio of each yes/no variable with 95% confidence intervals,
-- rescue stenting against no rescue stenting.
-- Risk difference: Newcombe RG (1998), Stat Med 17:873, method 10 (from Wilson's score limits).
-- Risk ratio: Katz D et al. (1978), Biometrics 34:469 (log scale).
-- Odds ratio: Woolf B (1955), Ann Hum Genet 19:251 (logit).
-- A ratio that a zero cell leaves undefined is null, and so is an interval on the log scale;
-- `effect_note` says so. Nothing is added to the cells.
{{ config(materialized='new_table') }}

with

two_by_two as (

    select * from {{ ref('int_study_two_by_two') }}

),

shares as (

    select
        *,
        normal_quantile(0.975) as z,
        nullif(a + b, 0) as rs_size,
        nullif(c + d, 0) as non_rs_size,
        a / nullif(a + b, 0) as rs_share,
        c / nullif(c + d, 0) as non_rs_share
    from two_by_two

),

wilson_limits as (

    select
        *,
        (2 * a + z * z - z * sqrt(z * z + 4 * a * (1 - rs_share))) / (2 * (rs_size + z * z))
            as rs_low,
        (2 * a + z * z + z * sqrt(z * z + 4 * a * (1 - rs_share))) / (2 * (rs_size + z * z))
            as rs_high,
        (2 * c + z * z - z * sqrt(z * z + 4 * c * (1 - non_rs_share)))
        / (2 * (non_rs_size + z * z)) as non_rs_low,
        (2 * c + z * z + z * sqrt(z * z + 4 * c * (1 - non_rs_share)))
        / (2 * (non_rs_size + z * z)) as non_rs_high
    from shares

),

estimates as (

    select
        *,
        rs_share - non_rs_share as risk_difference,
        rs_share / nullif(non_rs_share, 0) as risk_ratio,
        (a * d) / nullif(b * c, 0) as odds_ratio,
        case
            when a > 0 and c > 0 then sqrt(1 / a - 1 / rs_size + 1 / c - 1 / non_rs_size)
        end as log_risk_ratio_error,
        case
            when a > 0 and b > 0 and c > 0 and d > 0 then sqrt(1 / a + 1 / b + 1 / c + 1 / d)
        end as log_odds_ratio_error
    from wilson_limits

),

effects as (

    select
        variable,
        risk_difference,
        risk_ratio,
        odds_ratio,
        risk_difference
        - sqrt(power(rs_share - rs_low, 2) + power(non_rs_high - non_rs_share, 2))
            as risk_difference_ci_low,
        risk_difference
        + sqrt(power(rs_high - rs_share, 2) + power(non_rs_share - non_rs_low, 2))
            as risk_difference_ci_high,
        risk_ratio * exp(-z * log_risk_ratio_error) as risk_ratio_ci_low,
        risk_ratio * exp(z * log_risk_ratio_error) as risk_ratio_ci_high,
        odds_ratio * exp(-z * log_odds_ratio_error) as odds_ratio_ci_low,
        odds_ratio * exp(z * log_odds_ratio_error) as odds_ratio_ci_high,
        case
            when rs_size is null or non_rs_size is null then 'A group has no patient with a value.'
            when a = 0 or b = 0 or c = 0 or d = 0
                then
                    'A cell of the 2x2 table is zero: a ratio or its interval that this leaves '
                    || 'undefined is empty.'
        end as effect_note
    from estimates

)

select * from effects

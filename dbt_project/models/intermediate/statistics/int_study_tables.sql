-- All lines of the study's tables: numbers, their printed form and the test that the line names.
{{ config(materialized='new_table') }}

with

table_lines as (

    select * from {{ ref('table_lines') }}

),

descriptions as (

    select * from {{ ref('int_study_descriptions') }}

),

tests as (

    select * from {{ ref('int_study_tests') }}

),

standardised_differences as (

    select * from {{ ref('int_study_standardised_differences') }}

),

displayed as (

    select
        descriptions.*,
        table_lines.table_name,
        case
            when descriptions.denominator = 0 then '-'
            when table_lines.summary = 'n_pct'
                then
                    cast(descriptions.n as varchar)
                    || ' (' || {{ fixed('descriptions.pct', 1) }} || '%)'
            when table_lines.summary = 'mean_sd'
                then
                    {{ fixed_by('descriptions.mean', 'table_lines.decimals') }} || ' ± '
                    || coalesce({{ fixed_by('descriptions.sd', 'table_lines.decimals') }}, '-')
            when table_lines.summary = 'median_iqr'
                then
                    {{ shortest('descriptions.median') }}
                    || ' (' || {{ shortest('descriptions.q1') }}
                    || ', ' || {{ shortest('descriptions.q3') }} || ')'
        end as display
    from table_lines
    inner join descriptions on table_lines.variable = descriptions.variable

),

lines as (

    select
        table_lines.table_name,
        table_lines.line,
        table_lines.variable,
        table_lines.section,
        table_lines.label,
        table_lines.unit,
        table_lines.indent,
        table_lines.summary,
        rs.denominator as rs_denominator,
        rs.missing as rs_missing,
        rs.n as rs_n,
        rs.pct as rs_pct,
        rs.mean as rs_mean,
        rs.sd as rs_sd,
        rs.median as rs_median,
        rs.q1 as rs_q1,
        rs.q3 as rs_q3,
        rs.display as rs_display,
        non_rs.denominator as non_rs_denominator,
        non_rs.missing as non_rs_missing,
        non_rs.n as non_rs_n,
        non_rs.pct as non_rs_pct,
        non_rs.mean as non_rs_mean,
        non_rs.sd as non_rs_sd,
        non_rs.median as non_rs_median,
        non_rs.q1 as non_rs_q1,
        non_rs.q3 as non_rs_q3,
        non_rs.display as non_rs_display,
        table_lines.test,
        tests.test_statistic,
        tests.degrees_of_freedom,
        tests.p_value,
        {{ p_value_text('tests.p_value') }} as p_display,
        fisher.p_value as fisher_p_value,
        standardised_differences.standardised_mean_difference
    from table_lines
    left join displayed as rs
        on
            table_lines.table_name = rs.table_name
            and table_lines.variable = rs.variable
            and rs.prefix = 'rs'
    left join displayed as non_rs
        on
            table_lines.table_name = non_rs.table_name
            and table_lines.variable = non_rs.variable
            and non_rs.prefix = 'non_rs'
    left join tests
        on
            table_lines.variable = tests.variable
            and table_lines.test = tests.test
    left join tests as fisher
        on
            table_lines.variable = fisher.variable
            and fisher.test = 'fisher_two_sided'
    left join standardised_differences
        on table_lines.variable = standardised_differences.variable

)

select * from lines

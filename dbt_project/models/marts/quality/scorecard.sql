-- Of the running refresh alone. Categories after Kahn 2016, doi:10.13063/2327-9214.1244.

with

check_results as (

    select * from {{ ref('stg_check_results') }}

),

rules as (

    select * from {{ ref('stg_rules') }}

),

scored as (

    select
        rules.kahn_category,
        check_results.extract,
        check_results.site,
        cast(sum(check_results.rows_checked) as bigint) as rows_checked,
        cast(sum(check_results.rows_failed) as bigint) as rows_failed,
        count(distinct check_results.rule) as n_rules,
        1 - sum(check_results.rows_failed) / nullif(sum(check_results.rows_checked), 0)
            as passed_share
    from check_results
    inner join rules
        on check_results.rule = rules.rule
    group by rules.kahn_category, check_results.extract, check_results.site

)

select * from scored
order by kahn_category, extract, site

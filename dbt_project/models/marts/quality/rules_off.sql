-- A rule that no site switches off is in quality.scorecard and quality.check_results alone.

with

switched_off as (select * from {{ source('raw', 'switched_off') }}),
rules as (select * from {{ ref('stg_rules') }}),

titled as (

    select
        switched_off.site,
        switched_off.rule,
        rules.title,
        switched_off.because,
        switched_off.is_off
    from switched_off
    left join rules
        on switched_off.rule = rules.rule
)

select * from titled
order by site, rule

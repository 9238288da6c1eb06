-- A rule without a line here has the warehouse's threshold, or its own (expectations/).

with

own_thresholds as (select * from {{ source('raw', 'own_thresholds') }}),
rules as (select * from {{ ref('stg_rules') }}),

compared as (

    select
        own_thresholds.site,
        own_thresholds.rule,
        rules.title,
        own_thresholds.max_failed_share,
        own_thresholds.min_rows,
        own_thresholds.consequence,
        rules.max_failed_share as max_failed_share_elsewhere,
        rules.min_rows as min_rows_elsewhere,
        rules.consequence as consequence_elsewhere,
        own_thresholds.problem
    from own_thresholds
    left join rules
        on own_thresholds.rule = rules.rule
)

select * from compared
order by site, rule

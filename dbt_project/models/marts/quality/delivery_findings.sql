-- A delivery that was held is corrected, and no finding any more, when none of its rows is out:
-- all were delivered again. One that brought no row at all stays.

with

findings as (select * from {{ ref('int_delivery_findings') }}),
rules as (select * from {{ ref('stg_rules') }}),
own_thresholds as (select * from {{ source('raw', 'own_thresholds') }}),
violations as (select * from {{ ref('violations') }}),

delivered_again as (

    select
        extract,
        site,
        delivered_on
    from violations
    where rule = extract || '.delivery.held'
    group by extract, site, delivered_on
    having bool_and(status = 'closed')

),

published as (

    select
        findings.*,
        rules.title,
        rules.field,
        rules.kahn_category,
        rules.kahn_context,
        rules.consequence,
        rules.why,
        rules.action,
        rules.unit,
        own_thresholds.consequence as consequence_there,
        cast(findings.as_of - findings.first_seen_on as integer) as age_days,
        findings.first_seen_on = findings.as_of as is_new
    from findings
    left join rules
        on findings.rule = rules.rule
    left join own_thresholds
        on
            findings.rule = own_thresholds.rule
            and findings.site = own_thresholds.site
            and own_thresholds.problem is null
    left join delivered_again
        on
            findings.extract = delivered_again.extract
            and findings.site = delivered_again.site
            and findings.delivered_on = delivered_again.delivered_on
    where
        coalesce(own_thresholds.consequence, rules.consequence) <> 'hold_delivery'
        or delivered_again.extract is null

)

select
    * exclude (as_of, consequence_there)
    replace (coalesce(consequence_there, consequence) as consequence)
from published
order by delivered_on, site, extract, rule

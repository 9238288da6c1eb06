-- Rules on a delivery as a whole that it does not meet, and rules that more of its rows break than
-- the threshold allows, where that holds the delivery or the release.

with

delivery_findings as (

    select * from {{ ref('stg_delivery_findings') }}

),

check_results as (

    select * from {{ ref('check_results') }}

),

refresh as (

    select * from {{ ref('stg_refresh') }}

),

rules as (

    select * from {{ ref('stg_rules') }}

),

held as (

    select
        check_results.rule,
        check_results.extract,
        check_results.site,
        check_results.severity,
        check_results.failed_share as measured,
        check_results.rows_checked as measured_on,
        check_results.delivered_on,
        'at most ' || round(100 * check_results.threshold_share, 1) || '% of the rows break it'
            as expected
    from check_results
    inner join refresh
        on check_results.refresh_id = refresh.refresh_id
    left join delivery_findings
        on
            check_results.rule = delivery_findings.rule
            and check_results.site = delivery_findings.site
            and check_results.delivered_on = delivery_findings.delivered_on
    where
        check_results.consequence in ('hold_delivery', 'hold_release')
        and not check_results.is_within_threshold
        and delivery_findings.rule is null

),

findings as (

    select
        rule,
        extract,
        site,
        severity,
        expected,
        measured,
        measured_on,
        delivered_on
    from delivery_findings
    union all by name
    select * from held

),

explained as (

    select
        findings.rule,
        rules.title,
        findings.extract,
        rules.field,
        findings.site,
        findings.severity,
        rules.kahn_category,
        rules.kahn_context,
        rules.consequence,
        findings.expected,
        rules.why,
        rules.action,
        findings.measured,
        findings.measured_on,
        findings.delivered_on
    from findings
    left join rules
        on findings.rule = rules.rule

)

select * from explained
order by delivered_on, site, extract, rule

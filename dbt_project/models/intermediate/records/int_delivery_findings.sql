{{ config(materialized='new_table') }}

-- Rules on a delivery as a whole that it does not meet, and rules that more of its rows break than
-- the threshold allows, where that holds the delivery or the release.
-- A finding is as old as the unbroken run of releases that have it, by the thresholds of today.
-- As for violations, a refresh that published nothing notified nobody, and a release of a past day
-- does not count. A check that could not be worked out ends no run. One model, as
-- finding and age read the same results.

with

delivery_findings as (select * from {{ source('raw', 'delivery_findings') }}),

-- Read twice: to materialize it would write down the results of every refresh.
check_results as not materialized (

    select * from {{ ref('check_results') }}

),

refresh as (select * from {{ ref('stg_refresh') }}),
refresh_history as (select * from {{ ref('stg_refresh_history') }}),

held as (

    select
        check_results.rule,
        check_results.extract,
        check_results.site,
        check_results.severity,
        check_results.failed_share as measured,
        check_results.rows_checked as measured_on,
        check_results.delivered_on,
        false as is_of_delivery,
        'at most '
        || {{ shortest('100 * check_results.threshold_share') }}
        || '% of the rows break it'
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
        * exclude (field),
        true as is_of_delivery
    from delivery_findings
    union all by name
    select * from held

),

checking_refreshes as (

    select refresh_history.*
    from refresh_history
    inner join refresh
        on refresh_history.as_of <= refresh.as_of
    where
        refresh_history.status = 'published'
        and refresh_history.checked_at is not null

),

-- Of the results of every refresh, those of the findings alone: all of them would be many millions.
results_of_findings as (

    select check_results.*
    from check_results
    inner join findings
        on
            check_results.rule = findings.rule
            and check_results.site = findings.site
            and check_results.delivered_on = findings.delivered_on

),

checked_before as (

    select
        findings.rule,
        findings.site,
        findings.delivered_on,
        checking_refreshes.as_of,
        checking_refreshes.refresh_number,
        case
            when results_of_findings.status = 'errored' then null
            when findings.is_of_delivery then coalesce(results_of_findings.rows_failed > 0, false)
            else coalesce(not results_of_findings.is_within_threshold, false)
        end as was_found
    from findings
    cross join checking_refreshes
    left join results_of_findings
        on
            checking_refreshes.refresh_id = results_of_findings.refresh_id
            and findings.rule = results_of_findings.rule
            and findings.site = results_of_findings.site
            and findings.delivered_on = results_of_findings.delivered_on

),

found_ever_since as (

    select *
    from checked_before
    qualify
        bool_and(was_found) over (
            partition by rule, site, delivered_on
            order by as_of, refresh_number
            rows between current row and unbounded following
        )

),

first_seen as (

    select
        rule,
        site,
        delivered_on,
        min(as_of) filter (where was_found) as seen_since
    from found_ever_since
    group by rule, site, delivered_on

),

with_age as (

    select
        findings.*,
        refresh.as_of,
        coalesce(first_seen.seen_since, refresh.as_of) as first_seen_on
    from findings
    cross join refresh
    left join first_seen
        on
            findings.rule = first_seen.rule
            and findings.site = first_seen.site
            and findings.delivered_on = first_seen.delivered_on

)

select * exclude (is_of_delivery) from with_age

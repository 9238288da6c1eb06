-- Of the running refresh, beside the last release of an earlier day; both by today's rules.
-- Categories and contexts after Kahn 2016, doi:10.13063/2327-9214.1244.
-- One model, because both days are scored alike.

with

check_results as (select * from {{ ref('check_results') }}),
violations as (select * from {{ ref('violations') }}),
refresh as (select * from {{ ref('stg_refresh') }}),
refresh_history as (select * from {{ ref('stg_refresh_history') }}),

release_before as (

    select arg_max(refresh_history.refresh_id, refresh_history.refresh_number) as refresh_id
    from refresh_history
    inner join refresh
        on refresh_history.as_of < refresh.as_of
    where refresh_history.status = 'published'

),

scored_refreshes as (

    select refresh_id from refresh
    union
    select refresh_id from release_before

),

scored as (

    select
        check_results.refresh_id,
        check_results.kahn_category,
        check_results.kahn_context,
        check_results.extract,
        check_results.site,
        cast(sum(check_results.rows_checked) as bigint) as rows_checked,
        cast(sum(check_results.rows_failed) as bigint) as rows_failed,
        count(distinct check_results.rule) as n_rules,
        1 - sum(check_results.rows_failed) / nullif(sum(check_results.rows_checked), 0)
            as passed_share
    from check_results
    inner join scored_refreshes
        on check_results.refresh_id = scored_refreshes.refresh_id
    where check_results.kahn_category is not null
    group by
        check_results.refresh_id,
        check_results.kahn_category,
        check_results.kahn_context,
        check_results.extract,
        check_results.site

),

open_violations as (

    select
        kahn_category,
        kahn_context,
        extract,
        site,
        count(*) as n_open,
        count(*) filter (where is_new) as n_new
    from violations
    where status = 'open'
    group by kahn_category, kahn_context, extract, site

),

compared as (

    select
        scored.kahn_category,
        scored.kahn_context,
        scored.extract,
        scored.site,
        scored.n_rules,
        scored.rows_checked,
        scored.rows_failed,
        scored.passed_share,
        coalesce(open_violations.n_open, 0) as n_open,
        coalesce(open_violations.n_new, 0) as n_new,
        scored.passed_share - scored_before.passed_share as passed_share_change
    from scored
    inner join refresh
        on scored.refresh_id = refresh.refresh_id
    cross join release_before
    left join scored as scored_before
        on
            release_before.refresh_id = scored_before.refresh_id
            and scored.kahn_category = scored_before.kahn_category
            and scored.kahn_context = scored_before.kahn_context
            and scored.extract = scored_before.extract
            and scored.site = scored_before.site
    left join open_violations
        on
            scored.kahn_category = open_violations.kahn_category
            and scored.kahn_context = open_violations.kahn_context
            and scored.extract = open_violations.extract
            and scored.site = open_violations.site

)

select * from compared
order by kahn_category, kahn_context, extract, site

-- What is found now, and what an earlier release published that is found no longer: the row that it
-- depended on was corrected, or the rule changed. When a violation was seen comes from the earlier
-- releases. A problem that is delivered again keeps its first day; one that is found again after an
-- earlier release had closed it is new.
-- For a day in the past, what later releases knew does not count.
-- One model, because what is found now and what is found no longer have the same dates.

with

violations as (select * from {{ ref('int_violations') }}),
earlier_violations as (select * from {{ source('raw', 'earlier_violations') }}),
rules as (select * from {{ ref('stg_rules') }}),
refresh as (select * from {{ ref('stg_refresh') }}),

known_by_then as (

    select
        earlier_violations.* replace (
            least(earlier_violations.last_seen_on, refresh.as_of) as last_seen_on
        ),
        refresh.as_of,
        coalesce(earlier_violations.closed_on <= refresh.as_of, false) as was_closed,
        coalesce(
            earlier_violations.closed_on > refresh.as_of
            or earlier_violations.closed_on >= earlier_violations.first_seen_on,
            true
        ) as was_seen_open
    from earlier_violations
    cross join refresh
    where
        earlier_violations.first_seen_on <= refresh.as_of
        and earlier_violations.delivered_on <= refresh.as_of

),

found_now as (

    select
        violations.* replace (
            coalesce(violations.expected, rules.expected) as expected,
            coalesce(violations.action, rules.action) as action
        ),
        rules.title,
        rules.kahn_category,
        rules.kahn_context,
        rules.why,
        refresh.as_of,
        coalesce(known_by_then.was_seen_open, false) as was_seen_open,
        min(
            case
                when
                    known_by_then.was_closed
                    and (
                        known_by_then.closed_how = 'no longer found'
                        or violations.closed_on is null
                        and known_by_then.closed_how <> 'delivered again'
                    )
                    then refresh.as_of
                else coalesce(known_by_then.first_seen_on, refresh.as_of)
            end
        ) over (partition by violations.problem_id) as first_seen_on,
        case
            when violations.closed_on is null then refresh.as_of
            else coalesce(known_by_then.last_seen_on, refresh.as_of)
        end as last_seen_on
    from violations
    cross join refresh
    left join rules
        on violations.rule = rules.rule
    left join known_by_then
        on violations.violation_id = known_by_then.violation_id

),

no_longer_found as (

    select
        * exclude (was_closed, status) replace (
            if(was_closed, closed_how, 'no longer found') as closed_how,
            if(was_closed, closed_by_file, null) as closed_by_file,
            if(was_closed, closed_on, as_of) as closed_on
        )
    from known_by_then
    where violation_id not in (select violations.violation_id from violations)

),

found_ever as (

    select * from found_now
    union all by name
    select * from no_longer_found

),

-- A correction may come under a day before the problem was seen. What somebody saw open ended no
-- earlier than that; what was closed before anybody saw it keeps the day of the correction.
all_violations as (

    select
        * replace (
            case
                when was_seen_open and closed_on < first_seen_on then first_seen_on
                else closed_on
            end as closed_on
        )
    from found_ever

),

published as (

    select
        * exclude (row_id, as_of, was_seen_open),
        case when closed_on is null then 'open' else 'closed' end as status,
        case
            when coalesce(closed_on, as_of) >= first_seen_on
                then cast(coalesce(closed_on, as_of) - first_seen_on as integer)
        end as age_days,
        closed_on is null and first_seen_on = as_of as is_new
    from all_violations

)

select * from published
order by delivered_on, source_file, source_row, field, rule, violation_id

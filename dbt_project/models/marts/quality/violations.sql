-- What is found now, and what an earlier release published that is found no longer: the row that it
-- depended on was corrected, or the rule changed. When a violation was seen comes from the earlier
-- releases. A problem that is delivered again keeps its first day; one that is found again after an
-- earlier release had closed it is new.
-- For a day in the past, what later releases knew does not count.

with

violations as (

    select * from {{ ref('int_violations') }}

),

earlier_violations as (

    select * from {{ ref('stg_earlier_violations') }}

),

rules as (

    select * from {{ ref('stg_rules') }}

),

refresh as (

    select * from {{ ref('stg_refresh') }}

),

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
        violations.violation_id,
        violations.problem_id,
        violations.rule,
        rules.title,
        violations.severity,
        rules.kahn_category,
        rules.kahn_context,
        violations.extract,
        violations.site,
        violations.source_file,
        violations.source_row,
        violations.record_key,
        violations.field,
        violations.found,
        rules.why,
        violations.caused_by_file,
        violations.caused_by_row,
        violations.closed_how,
        violations.closed_by_file,
        violations.delivered_on,
        violations.closed_on,
        coalesce(violations.expected, rules.expected) as expected,
        coalesce(violations.action, rules.action) as action,
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
        known_by_then.violation_id,
        known_by_then.problem_id,
        known_by_then.rule,
        known_by_then.title,
        known_by_then.severity,
        known_by_then.kahn_category,
        known_by_then.kahn_context,
        known_by_then.extract,
        known_by_then.site,
        known_by_then.source_file,
        known_by_then.source_row,
        known_by_then.record_key,
        known_by_then.field,
        known_by_then.found,
        known_by_then.why,
        case when known_by_then.was_closed then known_by_then.closed_how else 'no longer found' end
            as closed_how,
        case when known_by_then.was_closed then known_by_then.closed_by_file end as closed_by_file,
        known_by_then.delivered_on,
        case
            when known_by_then.was_closed then known_by_then.closed_on
            else known_by_then.as_of
        end as closed_on,
        known_by_then.expected,
        known_by_then.action,
        known_by_then.as_of,
        known_by_then.was_seen_open,
        known_by_then.first_seen_on,
        known_by_then.last_seen_on
    from known_by_then
    left join violations
        on known_by_then.violation_id = violations.violation_id
    where violations.violation_id is null

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
        violation_id,
        problem_id,
        rule,
        title,
        severity,
        kahn_category,
        kahn_context,
        extract,
        site,
        source_file,
        source_row,
        record_key,
        field,
        found,
        expected,
        why,
        action,
        caused_by_file,
        caused_by_row,
        closed_how,
        closed_by_file,
        delivered_on,
        first_seen_on,
        last_seen_on,
        closed_on,
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

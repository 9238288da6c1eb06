{{ config(materialized='new_table') }}

-- What closes a violation, whichever comes first:
--   delivered again   a later file has the record with the same problem, which is listed there;
--   corrected         a later file has an accepted version of the record without the problem;
--   withdrawn         a complete full delivery no longer has the record.
-- A line that belongs to no record (unreadable, or without a key) is corrected by the next complete
-- full delivery of the extract, and so is a file that was rejected: a delta need not bring what
-- either held. A warning about a file as a whole, about its form, ends with the next one landed.
-- A problem is a rule that a record breaks, from its first delivery until it is corrected.
-- One model, because the same order shows what closes a problem and whether it came back.

with

found_violations as (select * from {{ ref('int_found_violations') }}),
record_versions as (select * from {{ source('raw', 'record_versions') }}),
next_deliveries as (select * from {{ source('raw', 'next_deliveries') }}),

-- What the same problem is in another delivery: of a record, or the same words about a whole file.
identified as (

    select
        *,
        case
            when record_key is not null then 'record ' || record_key
            when source_row is null then concat_ws(' ', 'file', found)
            else concat_ws(' ', 'line', landed_file, source_row)
        end as problem_of,
        struct_pack(on_day := delivered_on, by_file := source_file) as delivery,
        row_number() over (
            partition by rule, source_file, source_row, field
            order by row_id, found, expected
        ) as twin,
        md5(concat_ws('|', rule, source_file, source_row, field, twin)) as violation_id
    from found_violations

),

ordered as (

    select
        *,
        dense_rank() over (
            partition by rule, site, problem_of, field
            order by delivery
        ) as occurrence
    from identified

),

with_next_occurrence as (

    select
        *,
        min(delivery) over (
            partition by rule, site, problem_of, field
            order by occurrence
            range between 1 following and 1 following
        ) as delivered_again
    from ordered

),

with_closings as (

    select
        found.*,
        coalesce(
            {{ event_of('record_versions.next_version') }},
            case
                when found.source_row is null and found.severity = 'warn'
                    then {{ event_of('next_deliveries.next_landed') }}
                when found.record_key is null
                    then {{ event_of('next_deliveries.next_full') }}
            end
        ) as corrected,
        {{ event_of('record_versions.withdrawn') }} as withdrawn,
        least(found.delivered_again, corrected, withdrawn) as closing,
        case
            when closing = found.delivered_again then 'delivered again'
            when closing = corrected then 'corrected'
            when closing = withdrawn then 'withdrawn'
        end as closed_how
    from with_next_occurrence as found
    left join record_versions
        on
            found.row_id = record_versions.row_id
            and found.delivered_on = record_versions.delivered_on
    left join next_deliveries
        on
            found.extract = next_deliveries.extract
            and found.site = next_deliveries.site
            and found.delivered_on = next_deliveries.delivered_on

),

-- Each time a problem comes back after it was corrected or withdrawn, it is another problem.
numbered as (

    select
        *,
        count(*) filter (where closed_how is distinct from 'delivered again') over (
            partition by rule, site, problem_of, field
            order by occurrence
            range between unbounded preceding and 1 preceding
        ) as earlier_ends,
        md5(concat_ws('|', rule, site, problem_of, field, earlier_ends)) as problem_id,
        struct_extract(closing, 'by_file') as closed_by_file,
        struct_extract(closing, 'on_day') as closed_on
    from with_closings

)

select
    * exclude (
        problem_of, delivery, twin, landed_file, occurrence, delivered_again, corrected, withdrawn,
        closing, earlier_ends
    )
from numbered

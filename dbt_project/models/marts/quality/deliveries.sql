-- Rows balance: in the file = accepted + rejected + unreadable + unread + lines that are no
-- records + rows that the site's mapping leaves out, accepted = current + superseded + withdrawn. A
-- file that was sent again on a later day has the rows of its content once more; those of a copy
-- within a day are unread, for they count from the first. All rows of a file that was rejected are
-- unread, or nobody could count them.
-- Held rows are rejected ones: those of a delivery that a threshold keeps out as a whole.
-- One model, so that every term of the balance stands beside it.

with

files as (select * from {{ source('raw', 'files') }}),
places as (select * from {{ source('raw', 'places') }}),
record_versions as (select * from {{ source('raw', 'record_versions') }}),
violations as (select * from {{ ref('int_violations') }}),
rules as (select * from {{ ref('stg_rules') }}),

held_rows as (

    select
        violations.source_file,
        count(distinct violations.row_id) as rows_held
    from violations
    inner join rules
        on violations.rule = rules.rule
    where rules.rule_constraint = 'held'
    group by violations.source_file

),

rows_per_file as (

    select
        source_file,
        count(*) as rows_landed,
        count(*) filter (where is_accepted) as rows_accepted,
        count(*) filter (where version_status = 'rejected') as rows_rejected,
        count(*) filter (where version_status = 'current') as rows_current,
        count(*) filter (where version_status = 'superseded') as rows_superseded,
        count(*) filter (where version_status = 'withdrawn') as rows_withdrawn,
        count(*) filter (where is_accepted and is_warned) as rows_warned
    from record_versions
    group by source_file

),

copies as (

    select
        copies.source_file,
        originals.rows_in_file,
        case when places.is_resent then originals.rows_unreadable else 0 end as rows_unreadable,
        case when places.is_resent then originals.rows_no_record else 0 end as rows_no_record,
        case when places.is_resent then originals.rows_left_out else 0 end as rows_left_out,
        case
            when places.is_resent then originals.rows_unread
            else originals.rows_in_file
        end as rows_unread
    from files as copies
    inner join files as originals
        on copies.duplicate_of = originals.source_file
    left join places
        on copies.source_file = places.source_file
    where copies.status = 'duplicate'

),

counted as (

    select
        files.* replace (
            coalesce(copies.rows_in_file, files.rows_in_file) as rows_in_file,
            coalesce(rows_per_file.rows_landed, 0) as rows_landed,
            coalesce(copies.rows_unreadable, files.rows_unreadable, 0) as rows_unreadable,
            coalesce(copies.rows_no_record, files.rows_no_record, 0) as rows_no_record,
            coalesce(copies.rows_left_out, files.rows_left_out, 0) as rows_left_out,
            coalesce(
                copies.rows_unread, files.rows_unread, if(files.status = 'rejected', null, 0)
            ) as rows_unread
        ),
        coalesce(rows_per_file.rows_accepted, 0) as rows_accepted,
        coalesce(rows_per_file.rows_rejected, 0) as rows_rejected,
        coalesce(rows_per_file.rows_current, 0) as rows_current,
        coalesce(rows_per_file.rows_superseded, 0) as rows_superseded,
        coalesce(rows_per_file.rows_withdrawn, 0) as rows_withdrawn,
        coalesce(rows_per_file.rows_warned, 0) as rows_warned,
        coalesce(held_rows.rows_held, 0) as rows_held
    from files
    left join copies
        on files.source_file = copies.source_file
    left join rows_per_file
        on files.source_file = rows_per_file.source_file
    left join held_rows
        on files.source_file = held_rows.source_file

),

balanced as (

    select
        *,
        case
            when status in ('landed', 'duplicate')
                then
                    rows_in_file
                    = rows_accepted + rows_rejected + rows_unreadable + rows_unread
                    + rows_no_record + rows_left_out
                    and rows_accepted = rows_current + rows_superseded + rows_withdrawn
            when status = 'rejected'
                then rows_landed = 0 and coalesce(rows_unread, -1) = coalesce(rows_in_file, -1)
            else rows_landed = 0
        end as is_balanced
    from counted

)

select * exclude (rows_landed, has_unread_records) from balanced
order by delivered_on, source_file

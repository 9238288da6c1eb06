{{ config(materialized='table') }}

-- A violation is closed by the next accepted version of its record in a later file, or by the full
-- delivery that withdrew the record. One that belongs to no record (an unreadable line, a file set
-- aside) is closed by the next complete full delivery of the extract.

with

record_versions as (

    select * from {{ ref('int_record_versions') }}

),

landing_violations as (

    select * from {{ ref('stg_landing_violations') }}

),

check_failures as (

    select * from {{ ref('stg_check_failures') }}

),

next_full_deliveries as (

    select * from {{ ref('int_next_full_deliveries') }}

),

found_by_checks as (

    select
        check_failures.rule,
        check_failures.extract,
        record_versions.site,
        record_versions.source_file,
        record_versions.source_row,
        check_failures.row_id,
        record_versions.record_key,
        check_failures.field,
        check_failures.severity,
        check_failures.found,
        check_failures.expected,
        cast(null as varchar) as action,
        record_versions.delivered_on
    from check_failures
    inner join record_versions
        on check_failures.row_id = record_versions.row_id

),

found_at_landing as (

    select
        rule,
        extract,
        site,
        source_file,
        source_row,
        row_id,
        record_key,
        field,
        severity,
        found,
        expected,
        action,
        delivered_on
    from landing_violations

),

violations as (

    select * from found_at_landing
    union all
    select * from found_by_checks

),

numbered as (

    select
        *,
        row_number() over (
            partition by rule, source_file, source_row, field
            order by row_id, found, expected
        ) as number_in_cell
    from violations

),

closings as (

    select
        numbered.*,
        coalesce(
            least(record_versions.next_version_on, record_versions.withdrawn_on),
            case when numbered.record_key is null then next_full_deliveries.next_full_on end
        ) as closed_on,
        case
            when
                record_versions.withdrawn_on is null
                or record_versions.next_version_on <= record_versions.withdrawn_on
                then record_versions.next_version_file
        end as closed_by_file
    from numbered
    left join record_versions
        on numbered.row_id = record_versions.row_id
    left join next_full_deliveries
        on
            numbered.extract = next_full_deliveries.extract
            and numbered.site = next_full_deliveries.site
            and numbered.delivered_on = next_full_deliveries.delivered_on

),

identified as (

    select
        rule,
        extract,
        site,
        source_file,
        source_row,
        row_id,
        record_key,
        field,
        severity,
        found,
        expected,
        action,
        delivered_on,
        closed_by_file,
        closed_on,
        md5(concat_ws('|', rule, source_file, source_row, field, number_in_cell)) as violation_id,
        case when closed_on is null then 'open' else 'closed' end as status
    from closings

)

select * from identified

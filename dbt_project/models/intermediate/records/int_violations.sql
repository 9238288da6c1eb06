{{ config(materialized='new_table') }}

-- What closes a violation, whichever comes first:
--   delivered again   a later file has the record with the same problem, which is listed there;
--   corrected         a later file has an accepted version of the record without the problem;
--   withdrawn         a complete full delivery no longer has the record.
-- A line that belongs to no record (unreadable, or without a key) is corrected by the next complete
-- full delivery of the extract, and so is a file that was set aside: a delta need not bring what
-- either held. A warning about a file as a whole, about its form, ends with the next one landed.
-- A problem is a rule that a record breaks, from its first delivery until it is corrected. What is
-- wrong with a row is wrong on each day on which the row was delivered.
-- A row whose patient, or the admission that it names, has no accepted version may have a rejected
-- one: the newest is the cause.

with

record_versions as (

    select * from {{ ref('stg_record_versions') }}

),

landing_violations as (

    select * from {{ ref('stg_landing_violations') }}

),

check_failures as (

    select * from {{ ref('stg_check_failures') }}

),

next_deliveries as (

    select * from {{ ref('stg_next_deliveries') }}

),

places as (

    select * from {{ ref('stg_places') }}

),

rejected_by_patient_and_number as (

    select
        site,
        unnest([patient_key, nullif(record_key, patient_key)]) as named,
        struct_pack(
            on_day := delivered_on, by_file := source_file, by_row := source_row
        ) as place
    from record_versions
    where
        extract = 'admissions'
        and version_status = 'rejected'

),

rejected_admissions as (

    select
        site,
        named,
        max(place).by_file as source_file,
        max(place).by_row as source_row
    from rejected_by_patient_and_number
    where named is not null
    group by site, named

),

found_by_checks as (

    select
        check_failures.rule,
        check_failures.extract,
        record_versions.site,
        record_versions.source_file,
        record_versions.landed_file,
        record_versions.source_row,
        check_failures.row_id,
        record_versions.record_key,
        check_failures.field,
        check_failures.severity,
        check_failures.found,
        -- A cell such as 2b/3 names its codes: they are what the person who mends it chooses from.
        case
            when starts_with(check_failures.found, 'ambiguous: ')
                then 'one code: ' || split_part(check_failures.found, ': ', 2)
            else check_failures.expected
        end as expected,
        case
            when rejected_admissions.source_file is not null
                then
                    'Mend the admission of this patient first: it was delivered and rejected. '
                    || 'This row then needs no new delivery.'
        end as action,
        rejected_admissions.source_file as caused_by_file,
        rejected_admissions.source_row as caused_by_row,
        record_versions.delivered_on
    from check_failures
    inner join record_versions
        on check_failures.row_id = record_versions.row_id
    left join rejected_admissions
        on
            record_versions.site = rejected_admissions.site
            and rejected_admissions.named = case
                when ends_with(check_failures.rule, '.patient_id.reference')
                    then record_versions.patient_key
                when ends_with(check_failures.rule, '.admission_id.reference')
                    then record_versions.admission_key
            end

),

found_at_landing as (

    select
        landing_violations.rule,
        landing_violations.extract,
        landing_violations.site,
        coalesce(places.source_file, landing_violations.source_file) as source_file,
        landing_violations.source_file as landed_file,
        landing_violations.source_row,
        landing_violations.row_id,
        landing_violations.record_key,
        landing_violations.field,
        landing_violations.severity,
        landing_violations.found,
        landing_violations.expected,
        landing_violations.action,
        cast(null as varchar) as caused_by_file,
        cast(null as integer) as caused_by_row,
        coalesce(places.delivered_on, landing_violations.delivered_on) as delivered_on
    from landing_violations
    left join places
        on
            landing_violations.file_id = places.file_id
            and landing_violations.source_row is not null

),

violations as (

    select * from found_at_landing
    union all
    select * from found_by_checks

),

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
        md5(
            concat_ws(
                '|',
                rule,
                source_file,
                source_row,
                field,
                row_number() over (
                    partition by rule, source_file, source_row, field
                    order by row_id, found, expected
                )
            )
        ) as violation_id
    from violations

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
        with_next_occurrence.*,
        coalesce(
            {{ event_of('record_versions.next_version') }},
            case
                when
                    with_next_occurrence.source_row is null
                    and with_next_occurrence.severity = 'warn'
                    then {{ event_of('next_deliveries.next_landed') }}
                when with_next_occurrence.record_key is null
                    then {{ event_of('next_deliveries.next_full') }}
            end
        ) as corrected,
        {{ event_of('record_versions.withdrawn') }} as withdrawn
    from with_next_occurrence
    left join record_versions
        on
            with_next_occurrence.row_id = record_versions.row_id
            and with_next_occurrence.delivered_on = record_versions.delivered_on
    left join next_deliveries
        on
            with_next_occurrence.extract = next_deliveries.extract
            and with_next_occurrence.site = next_deliveries.site
            and with_next_occurrence.delivered_on = next_deliveries.delivered_on

),

closed as (

    select
        *,
        least(delivered_again, corrected, withdrawn) as closing
    from with_closings

),

explained as (

    select
        *,
        case
            when closing is null then null
            when closing = delivered_again then 'delivered again'
            when closing = corrected then 'corrected'
            else 'withdrawn'
        end as closed_how
    from closed

),

-- Each time a problem comes back after it was corrected or withdrawn, it is another problem.
counted as (

    select
        *,
        count(*) filter (where closed_how is distinct from 'delivered again') over (
            partition by rule, site, problem_of, field
            order by occurrence
            range between unbounded preceding and 1 preceding
        ) as earlier_ends
    from explained

),

published as (

    select
        violation_id,
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
        caused_by_file,
        caused_by_row,
        closed_how,
        delivered_on,
        md5(concat_ws('|', rule, site, problem_of, field, earlier_ends)) as problem_id,
        struct_extract(closing, 'by_file') as closed_by_file,
        struct_extract(closing, 'on_day') as closed_on
    from counted

)

select * from published

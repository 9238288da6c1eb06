-- A row whose patient, or the admission that it names, has no accepted version may have a rejected
-- one: the newest is the cause. A row that waits for another one names it in what was found. What
-- is wrong with a row is wrong on each day on which the row was delivered.

{% set named_row = "'(?:rejected|held): (.+), line ([0-9]+)$'" -%}

with

record_versions as (select * from {{ source('raw', 'record_versions') }}),
landing_violations as (select * from {{ source('raw', 'landing_violations') }}),
check_failures as (select * from {{ source('raw', 'check_failures') }}),
places as (select * from {{ source('raw', 'places') }}),

rejected_by_patient_and_number as (

    select
        site,
        unnest([patient_key, nullif(record_key, patient_key)]) as named,
        struct_pack(
            on_day := delivered_on, by_file := source_file, by_row := source_row
        ) as place
    from record_versions
    where extract = 'admissions' and version_status = 'rejected'

),

rejected_admissions as (

    select
        site,
        named,
        max(place) as place
    from rejected_by_patient_and_number
    where named is not null
    group by site, named

),

waiting as (

    select
        row_id,
        rule,
        regexp_extract(found, {{ named_row }}, 1) as by_file,
        cast(regexp_extract(found, {{ named_row }}, 2) as integer) as by_row
    from check_failures
    where
        (rule = 'procedures.first.known' or ends_with(rule, '.admission_id.reference'))
        and regexp_matches(found, {{ named_row }})

),

found_by_checks as (

    select
        check_failures.* replace (
            -- A cell such as 2b/3 names its codes: who corrects it chooses from them.
            case
                when starts_with(check_failures.found, 'ambiguous: ')
                    then 'one code: ' || split_part(check_failures.found, ': ', 2)
                else check_failures.expected
            end as expected
        ),
        record_versions.site,
        record_versions.source_file,
        record_versions.landed_file,
        record_versions.source_row,
        record_versions.record_key,
        record_versions.delivered_on,
        coalesce(rejected_admissions.place.by_file, waiting.by_file) as caused_by_file,
        coalesce(rejected_admissions.place.by_row, waiting.by_row) as caused_by_row,
        case
            when rejected_admissions.place is not null
                then
                    'Correct the admission of this patient first: it was delivered and rejected. '
                    || 'This row then needs no new delivery.'
        end as action
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
    left join waiting
        on
            check_failures.row_id = waiting.row_id
            and check_failures.rule = waiting.rule

),

found_at_landing as (

    select
        landing_violations.* replace (
            coalesce(places.source_file, landing_violations.source_file) as source_file,
            coalesce(places.delivered_on, landing_violations.delivered_on) as delivered_on
        ),
        landing_violations.source_file as landed_file
    from landing_violations
    left join places
        on
            landing_violations.file_id = places.file_id
            and landing_violations.source_row is not null

)

select * exclude (file_id) from found_at_landing
union all by name
select * from found_by_checks

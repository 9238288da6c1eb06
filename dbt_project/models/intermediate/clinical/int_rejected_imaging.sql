-- What rejected scans of a stroke might show. Each is open until a version of it is accepted, a
-- full delivery lacks it, or an accepted scan is of that time. A row that came too late for the
-- stroke is of another one (docs/decisions/0002-records-and-deliveries.md).

with

imaging as (

    select * from {{ ref('stg_imaging') }}

),

record_versions as (

    select * from {{ ref('stg_record_versions') }}

),

scans as (

    select * from {{ ref('int_imaging') }}

),

check_failures as (

    select * from {{ ref('stg_check_failures') }}

),

hemorrhage_type as (

    select * from {{ ref('hemorrhage_type') }}

),

stent_patency as (

    select * from {{ ref('stent_patency') }}

),

open_scans as (

    select imaging.*
    from imaging
    inner join record_versions
        on imaging.row_id = record_versions.row_id
    left join scans
        on imaging.imaging_key = scans.imaging_key
    left join scans as scans_of_that_time
        on
            imaging.admission_key = scans_of_that_time.admission_key
            and imaging.imaged_at = scans_of_that_time.imaged_at
    left join check_failures
        on
            imaging.row_id = check_failures.row_id
            and check_failures.rule = 'imaging.scan_of_this_stroke'
    where
        record_versions.version_status = 'rejected'
        and record_versions.next_version_on is null
        and record_versions.withdrawn_on is null
        and scans.imaging_key is null
        and scans_of_that_time.imaging_key is null
        and check_failures.row_id is null
        and imaging.admission_key is not null

),

possible as (

    select
        open_scans.admission_key,
        bool_or(coalesce(hemorrhage_type.is_hemorrhage, true)) as is_hemorrhage_possible,
        bool_or(coalesce(hemorrhage_type.is_parenchymal_hematoma, true)) as is_ph_possible,
        bool_or(
            coalesce(
                stent_patency.is_thrombosis,
                list_contains(open_scans.unparsed_fields, 'stent_patency'),
                false
            )
        ) as is_stent_thrombosis_possible
    from open_scans
    left join hemorrhage_type
        on open_scans.hemorrhage_type = hemorrhage_type.code
    left join stent_patency
        on open_scans.stent_patency = stent_patency.code
    group by open_scans.admission_key

)

select * from possible

-- Rejected scans that are still open: until a version of the scan is accepted, a full delivery
-- lacks it, or an accepted scan of the patient is of that time. A row that came too late for the
-- stroke is of another one (docs/decisions/0002-records-and-deliveries.md).

with

imaging as (select * from {{ source('raw', 'imaging') }}),
record_versions as (select * from {{ source('raw', 'record_versions') }}),
scans as (select * from {{ ref('int_imaging') }}),
check_failures as (select * from {{ source('raw', 'check_failures') }}),

open_scans as (

    select
        imaging.row_id,
        imaging.site,
        imaging.patient_key,
        imaging.admission_key,
        imaging.hemorrhage_type,
        imaging.stent_patency,
        imaging.unparsed_fields,
        imaging.imaged_at
    from imaging
    inner join record_versions
        on imaging.row_id = record_versions.row_id
    left join scans
        on
            imaging.imaging_key = scans.imaging_key
            and imaging.patient_key = scans.patient_key
    left join scans as scans_of_that_time
        on
            imaging.site = scans_of_that_time.site
            and imaging.patient_key = scans_of_that_time.patient_key
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
        and imaging.patient_key is not null

)

select distinct * from open_scans

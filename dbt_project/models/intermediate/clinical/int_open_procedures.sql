-- Rejected procedures that are still open, as int_open_imaging has scans.

with

procedures as (select * from {{ source('raw', 'procedures') }}),
record_versions as (select * from {{ source('raw', 'record_versions') }}),
accepted as (select * from {{ ref('int_procedures') }}),
check_failures as (select * from {{ source('raw', 'check_failures') }}),
rescue_stent as (select * from {{ ref('rescue_stent') }}),

open_procedures as (

    select
        procedures.row_id,
        procedures.site,
        procedures.patient_key,
        procedures.admission_key,
        coalesce(procedures.puncture_at, procedures.ended_at) as happened_at,
        coalesce(rescue_stent.is_placed, true) as is_stent_possible
    from procedures
    inner join record_versions
        on procedures.row_id = record_versions.row_id
    left join accepted
        on
            procedures.site = accepted.site
            and procedures.patient_key = accepted.patient_key
            and (
                procedures.procedure_key = accepted.procedure_key
                or procedures.puncture_at = accepted.puncture_at
            )
    left join check_failures
        on
            procedures.row_id = check_failures.row_id
            and check_failures.rule = 'procedures.puncture_of_this_stroke'
    left join rescue_stent
        on procedures.rescue_stent = rescue_stent.code
    where
        record_versions.version_status = 'rejected'
        and record_versions.next_version_on is null
        and record_versions.withdrawn_on is null
        and accepted.procedure_key is null
        and check_failures.row_id is null
        and procedures.patient_key is not null

)

select distinct * from open_procedures

{{ config(materialized='new_table') }}

-- A record is (extract, site, key); each delivered row with its key is a version of it.
-- Of the accepted versions the newest counts (day of delivery, then file, then line) and is
-- `current`, unless a later full delivery no longer has the key: then it is `withdrawn`. Older
-- accepted versions are `superseded`. A rejected version counts for nothing, however new it is.
-- Who is withdrawn from the admissions is withdrawn with procedures, scans and follow-up: without
-- the admission the registry has no such patient. They come back with the admission.

with

rows_judged as (

    select * from {{ ref('int_rows_judged') }}

),

withdrawals as (

    select * from {{ ref('int_withdrawals') }}

),

accepted as (

    select
        row_id,
        row_number() over (
            partition by extract, site, record_key
            order by delivered_on desc, source_file desc, source_row desc
        ) as age_rank
    from rows_judged
    where is_accepted

),

-- The first withdrawal at or after a sighting, whatever versions came in between.
withdrawals_after as (

    select
        rows_judged.row_id,
        arg_min(withdrawals.withdrawn_file, withdrawals.withdrawn_on) as withdrawn_file,
        min(withdrawals.withdrawn_on) as withdrawn_on
    from rows_judged
    inner join withdrawals
        on
            rows_judged.extract = withdrawals.extract
            and rows_judged.site = withdrawals.site
            and rows_judged.record_key = withdrawals.record_key
            and rows_judged.delivered_on <= withdrawals.last_seen_on
    group by rows_judged.row_id

),

-- Patients whose newest accepted admission was withdrawn; the key of an admission is the patient's.
withdrawn_patients as (

    select
        rows_judged.site,
        rows_judged.record_key as patient_key,
        withdrawals_after.withdrawn_file,
        withdrawals_after.withdrawn_on
    from rows_judged
    inner join accepted
        on rows_judged.row_id = accepted.row_id
    inner join withdrawals_after
        on rows_judged.row_id = withdrawals_after.row_id
    where
        rows_judged.extract = 'admissions'
        and accepted.age_rank = 1

),

-- A row that came after its patient had gone has no day on which it went.
withdrawn_with_patient as (

    select
        rows_judged.row_id,
        case
            when rows_judged.delivered_on <= withdrawn_patients.withdrawn_on
                then
                    struct_pack(
                        on_day := withdrawn_patients.withdrawn_on,
                        by_file := withdrawn_patients.withdrawn_file
                    )
        end as withdrawal
    from rows_judged
    inner join withdrawn_patients
        on
            rows_judged.site = withdrawn_patients.site
            and rows_judged.patient_key = withdrawn_patients.patient_key
    where rows_judged.extract <> 'admissions'

),

-- Its own withdrawal or that of its patient, whichever came first.
withdrawn as (

    select
        rows_judged.row_id,
        least(
            case
                when withdrawals_after.withdrawn_on is not null
                    then
                        struct_pack(
                            on_day := withdrawals_after.withdrawn_on,
                            by_file := withdrawals_after.withdrawn_file
                        )
            end,
            withdrawn_with_patient.withdrawal
        ) as withdrawal
    from rows_judged
    left join withdrawals_after
        on rows_judged.row_id = withdrawals_after.row_id
    left join withdrawn_with_patient
        on rows_judged.row_id = withdrawn_with_patient.row_id
    where
        withdrawals_after.row_id is not null
        or withdrawn_with_patient.row_id is not null

),

record_files as (

    select
        extract,
        site,
        record_key,
        source_file,
        delivered_on,
        case
            when bool_or(is_accepted)
                then struct_pack(accepted_on := delivered_on, accepted_file := source_file)
        end as accepted_version
    from rows_judged
    where record_key is not null
    group by extract, site, record_key, source_file, delivered_on

),

next_versions as (

    select
        *,
        min(accepted_version) over (
            partition by extract, site, record_key
            order by delivered_on, source_file
            rows between 1 following and unbounded following
        ) as next_version
    from record_files

),

versions as (

    select
        rows_judged.row_id,
        rows_judged.extract,
        rows_judged.site,
        rows_judged.record_key,
        rows_judged.patient_key,
        rows_judged.source_file,
        rows_judged.source_row,
        next_versions.next_version.accepted_file as next_version_file,
        withdrawn.withdrawal.by_file as withdrawn_file,
        rows_judged.is_accepted,
        rows_judged.is_warned,
        rows_judged.delivered_on,
        next_versions.next_version.accepted_on as next_version_on,
        withdrawn.withdrawal.on_day as withdrawn_on,
        case
            when not rows_judged.is_accepted then 'rejected'
            when accepted.age_rank > 1 then 'superseded'
            when withdrawn.row_id is not null then 'withdrawn'
            else 'current'
        end as version_status
    from rows_judged
    left join accepted
        on rows_judged.row_id = accepted.row_id
    left join withdrawn
        on rows_judged.row_id = withdrawn.row_id
    left join next_versions
        on
            rows_judged.extract = next_versions.extract
            and rows_judged.site = next_versions.site
            and rows_judged.record_key = next_versions.record_key
            and rows_judged.source_file = next_versions.source_file

)

select * from versions

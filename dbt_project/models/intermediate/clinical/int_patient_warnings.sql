with

patients as (

    select * from {{ ref('int_patients') }}

),

procedures as (

    select * from {{ ref('int_procedures') }}

),

scans as (

    select * from {{ ref('int_imaging') }}

),

followups as (

    select * from {{ ref('int_followups') }}

),

rows_of_admissions as (

    select
        admission_key,
        is_warned
    from patients
    union all
    select
        admission_key,
        is_warned
    from procedures
    union all
    select
        admission_key,
        is_warned
    from scans
    union all
    select
        admission_key,
        is_warned
    from followups

),

warned_rows as (

    select
        admission_key,
        cast(count(*) filter (where is_warned) as integer) as warned_rows
    from rows_of_admissions
    group by admission_key

)

select * from warned_rows

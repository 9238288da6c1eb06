with

record_versions as (select * from {{ source('raw', 'record_versions') }}),

current_rows as (

    select
        row_id,
        extract,
        is_warned
    from record_versions
    where version_status = 'current'

)

select * from current_rows

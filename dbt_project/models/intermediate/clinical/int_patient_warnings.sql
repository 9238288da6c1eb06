with

record_versions as (

    select * from {{ ref('stg_record_versions') }}

),

warned_rows as (

    select
        admission_key,
        cast(count(*) filter (where is_warned) as integer) as warned_rows
    from record_versions
    where version_status = 'current' and admission_key is not null
    group by admission_key

)

select * from warned_rows

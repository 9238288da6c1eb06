with

procedures as (select * from {{ ref('int_procedures') }}),
index_procedures as (select * from {{ ref('int_index_procedures') }}),

published as (

    select
        procedures.*,
        index_procedures.procedure_key is not null as is_index_procedure
    from procedures
    left join index_procedures
        on procedures.procedure_key = index_procedures.procedure_key

)

select * from published
order by procedure_key

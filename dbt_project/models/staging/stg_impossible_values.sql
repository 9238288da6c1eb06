with

source as (select * from {{ source('raw', 'impossible_values') }}),

staged as (

    select
        row_id,
        list(derived_column order by derived_column) as derived_columns
    from source
    group by row_id

)

select * from staged

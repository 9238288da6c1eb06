-- Everything that a publication may print and that can be computed from the rows of this warehouse.
{{ config(materialized='new_table') }}

with

quantities as (

    select * from {{ ref('int_table_quantities') }}
    union all
    select * from {{ ref('int_text_quantities') }}

)

select
    study,
    subject,
    study_group,
    statistic,
    quantity
from quantities
where quantity is not null

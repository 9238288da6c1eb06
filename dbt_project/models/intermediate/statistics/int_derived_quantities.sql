-- Everything that a publication may print and that can be computed from the rows of this warehouse.
{{ config(materialized='new_table') }}

with

cells as (select * from {{ ref('int_study_cells') }}),
comparisons as (select * from {{ ref('int_study_comparisons') }}),
study_groups as (select * from {{ source('raw', 'study_groups') }}),

of_groups as (

    select
        cells.study,
        cells.variable as subject,
        coalesce(study_groups.prefix, cells.study_group) as study_group,
        cells.statistic,
        cells.value as quantity
    from cells
    left join study_groups
        on
            cells.study = study_groups.study
            and cells.study_group = study_groups.study_group
    where cells.subgroup = 'all' and cells.level is null

),

-- of three and more groups, all are compared at once first
tests as (

    select
        study,
        variable as subject,
        test,
        statistic,
        p_value
    from comparisons
    where subgroup = 'all' and test is not null
    qualify
        contrast = 'all'
        or count(distinct contrast) over (partition by study, table_name, line) = 1

),

quantities as (

    select * from of_groups
    union all
    select
        study,
        subject,
        'all' as study_group,
        test || '.statistic' as statistic,
        statistic as quantity
    from tests
    union all
    select
        study,
        subject,
        'all' as study_group,
        test || '.p_value' as statistic,
        p_value as quantity
    from tests
    union all
    select * from {{ ref('int_text_quantities') }}

)

select distinct
    study,
    subject,
    study_group,
    statistic,
    quantity
from quantities
where quantity is not null

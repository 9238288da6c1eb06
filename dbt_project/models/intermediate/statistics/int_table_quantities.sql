-- Every number behind the tables as one long table.
{{ config(materialized='new_table') }}

with

descriptions as (

    select * from {{ ref('int_study_descriptions') }}

),

tests as (

    select * from {{ ref('int_study_tests') }}

),

both_groups as (

    select
        variable,
        sum(group_size) as group_size,
        sum(n) as n
    from descriptions
    group by variable

),

quantities as (

    {{ melted(
        'descriptions', 'variable', 'prefix',
        ['group_size', 'denominator', 'n', 'pct', 'mean', 'sd', 'median', 'q1', 'q3']
    ) }}
    union all
    {{ melted('both_groups', 'variable', "'all'", ['group_size', 'n']) }}
    union all
    select
        variable as subject,
        'all' as study_group,
        test || '.statistic' as statistic,
        test_statistic as quantity
    from tests
    union all
    select
        variable as subject,
        'all' as study_group,
        test || '.p_value' as statistic,
        p_value as quantity
    from tests

)

select * from quantities

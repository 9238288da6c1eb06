-- One long aggregate of the cohort: how often each value of each variable occurs in each group.
-- Every statistic of the tables is computed from these rows, so that the cohort is read once per
-- variable and never joined. The variables are the lines of the seed `table_lines`.
{{ config(materialized='new_table') }}

with

cohort as (select * from {{ ref('cohort') }}),
table_lines as (select * from {{ ref('table_lines') }}),

counted as (

    {% for variable in study_variables(ref('table_lines')).split(',') %}
        select
            '{{ variable }}' as cohort_column,
            cohort.study_group,
            cast(cohort.{{ variable }} as double) as observed,
            count(*) as n
        from cohort
        group by cohort.study_group, cohort.{{ variable }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

study_values as (

    select
        table_lines.variable,
        counted.study_group,
        counted.observed,
        counted.n
    from counted
    inner join table_lines on counted.cohort_column = table_lines.variable

)

select * from study_values

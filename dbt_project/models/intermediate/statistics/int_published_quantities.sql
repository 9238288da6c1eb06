-- The published results of each study, each with the name of the derived quantity that answers it
-- and the form in which it was printed.
-- The second part of an id names a line of the tables (t1.age.p); ids that mean something
-- else are listed in `quantities.csv`. A test is the one that the tables print.
{{ config(materialized='new_table') }}

with

published as (

    select
        *,
        split_part(id, '.', 1) as section,
        split_part(id, '.', 2) as paper_line
    from {{ source('raw', 'published_results') }}

),

sections as (select * from {{ source('raw', 'published_sections') }}),
listed as (select * from {{ source('raw', 'published_quantities') }}),
study_lines as (select * from {{ source('raw', 'study_lines') }}),
comparisons as (select * from {{ ref('int_study_comparisons') }}),
words as (select * from {{ source('raw', 'published_words') }}),

own_results as (

    select published.*
    from published
    inner join sections
        on
            published.study = sections.study
            and published.section = sections.prefix
    where sections.is_own_result

),

study_tables as (

    select
        study_lines.study,
        study_lines.variable,
        study_lines.paper_line,
        comparisons.test
    from study_lines
    left join comparisons
        on
            study_lines.study = comparisons.study
            and study_lines.table_name = comparisons.table_name
            and study_lines.line = comparisons.line
            and comparisons.subgroup = 'all'
            and comparisons.test is not null
            and comparisons.is_printed

),

named as (

    select
        own_results.study,
        own_results.id,
        own_results.location,
        own_results.printed_group,
        own_results.variable,
        own_results.statistic,
        own_results.printed,
        coalesce(listed.subject, study_tables.variable) as subject,
        coalesce(
            listed.study_group,
            case when own_results.printed_group = 'na' then 'all' else own_results.printed_group end
        ) as study_group,
        coalesce(
            listed.statistic,
            case own_results.statistic
                when 'test_stat' then study_tables.test || '.statistic'
                when 'p_value' then study_tables.test || '.p_value'
                else own_results.statistic
            end
        ) as derived_statistic
    from own_results
    left join listed
        on
            own_results.study = listed.study
            and own_results.id = listed.id
    left join study_tables
        on
            own_results.study = study_tables.study
            and own_results.paper_line = study_tables.paper_line

),

forms as (

    select
        named.*,
        case
            when lower(named.printed) = 'all' then 'all'
            when words.kind is not null then words.kind
            when right(named.printed, 1) = '%' then 'percent'
            else 'number'
        end as form,
        length(split_part(replace(named.printed, '%', ''), '.', 2)) as decimals
    from named
    left join words
        on
            named.study = words.study
            and lower(split_part(named.printed, ' ', 1)) = lower(words.word)

)

select * from forms

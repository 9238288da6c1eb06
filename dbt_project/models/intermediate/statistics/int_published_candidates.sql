-- What this warehouse derives for each published result, as a number and as text in the form
-- and precision of the publication: once by the conventions of the tables, and once more by the
-- convention that `notes.csv` names for the id.
-- One model, because value and text of a result are made of the same readings.
{{ config(materialized='new_table') }}

with

published as (select * from {{ ref('int_published_quantities') }}),
derived as (select * from {{ ref('int_derived_quantities') }}),
notes as (select * from {{ source('raw', 'published_notes') }}),
conventions as (select * from {{ source('raw', 'published_conventions') }}),
words as (select * from {{ source('raw', 'published_words') }}),

readings as (

    select
        published.study,
        published.id,
        'default' as convention,
        'none' as transformation,
        published.derived_statistic
    from published
    union all
    select
        published.study,
        published.id,
        conventions.convention,
        conventions.transformation,
        coalesce(conventions.statistic, published.derived_statistic) as derived_statistic
    from published
    inner join notes
        on
            published.study = notes.study
            and published.id = notes.id
    inner join conventions
        on
            notes.study = conventions.study
            and notes.convention = conventions.convention

),

derived_values as (

    select
        readings.study,
        readings.id,
        readings.convention,
        published.printed,
        published.form,
        published.decimals,
        readings.transformation,
        readings.derived_statistic,
        group_sizes.quantity as group_size,
        case readings.transformation
            when 'negative_absolute' then -abs(derived.quantity)
            when 'three_decimals_first'
                then cast({{ round_half_up('derived.quantity', 3) }} as double)
            else derived.quantity
        end as derived_value
    from readings
    inner join published
        on
            readings.study = published.study
            and readings.id = published.id
    inner join derived
        on
            published.study = derived.study
            and published.subject = derived.subject
            and published.study_group = derived.study_group
            and readings.derived_statistic = derived.statistic
    left join derived as group_sizes
        on
            published.study = group_sizes.study
            and published.subject = group_sizes.subject
            and published.study_group = group_sizes.study_group
            and group_sizes.statistic = 'group_size'

),

spelled as (

    select
        derived_values.*,
        words.word,
        {{ fixed_by('derived_values.derived_value', 'derived_values.decimals') }} as digits
    from derived_values
    left join words
        on
            derived_values.study = words.study
            and derived_values.form = words.kind
            and words.value = case
                when derived_values.form = 'month' then derived_values.derived_value % 100
                else derived_values.derived_value
            end

),

texts as (

    select
        study,
        id,
        convention,
        printed,
        transformation,
        derived_statistic,
        derived_value,
        case form
            when 'all' then case when derived_value = group_size then 'all' else digits end
            when 'percent' then digits || '%'
            when 'month' then word || ' ' || {{ fixed('floor(derived_value / 100)', 0) }}
            when 'count' then coalesce(word, digits)
            else digits
        end as derived
    from spelled

)

select
    study,
    id,
    convention,
    transformation,
    derived_statistic,
    derived_value,
    derived,
    lower(printed) = lower(derived) as is_reproduced
from texts

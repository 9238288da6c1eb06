-- Counts, mean and standard deviation (n - 1) of each variable in each group.
-- The sum is taken in decimals, and squared deviations are summed in the order of the values, so
-- that the last bit of a result does not depend on the order in which rows were read.
{{ config(materialized='new_table') }}

with

study_values as (

    select * from {{ ref('int_study_values') }}

),

table_lines as (

    select * from {{ ref('table_lines') }}

),

study_groups as (

    select * from {{ ref('study_groups') }}

),

every_group_of_every_variable as (

    select
        table_lines.variable,
        table_lines.summary,
        study_groups.study_group
    from table_lines
    cross join study_groups

),

counts as (

    select
        variable,
        study_group,
        sum(n) as group_size,
        sum(case when observed is null then n else 0 end) as missing,
        sum(case when observed is not null then n else 0 end) as denominator,
        sum(case when observed = 1 then n else 0 end) as ones,
        sum(cast(observed as decimal(18, 6)) * cast(n as decimal(18, 0))) as total
    from study_values
    group by variable, study_group

),

means as (

    select
        variable,
        study_group,
        cast(total as double) / nullif(denominator, 0) as mean
    from counts

),

squared_deviations as (

    select
        study_values.variable,
        study_values.study_group,
        sum(study_values.n * power(study_values.observed - means.mean, 2)) over values_in_order
            as squares,
        sum(study_values.n * power(study_values.observed, 2)) over values_in_order as raw_squares,
        row_number() over values_in_order as place,
        count(*) over (partition by study_values.variable, study_values.study_group)
            as last_place
    from study_values
    inner join means
        on
            study_values.variable = means.variable
            and study_values.study_group = means.study_group
    where study_values.observed is not null
    window
        values_in_order as (
            partition by study_values.variable, study_values.study_group
            order by study_values.observed
            rows between unbounded preceding and current row
        )

),

moments as (

    select
        every_group_of_every_variable.variable,
        every_group_of_every_variable.study_group,
        cast(coalesce(counts.group_size, 0) as bigint) as group_size,
        cast(coalesce(counts.missing, 0) as bigint) as missing,
        cast(coalesce(counts.denominator, 0) as bigint) as denominator,
        means.mean,
        case
            when every_group_of_every_variable.summary = 'n_pct'
                then cast(coalesce(counts.ones, 0) as bigint)
        end as n,
        sqrt(
            {{ without_noise('squared_deviations.squares', 'squared_deviations.raw_squares') }}
            / nullif(counts.denominator - 1, 0)
        ) as sd
    from every_group_of_every_variable
    left join counts
        on
            every_group_of_every_variable.variable = counts.variable
            and every_group_of_every_variable.study_group = counts.study_group
    left join means
        on
            every_group_of_every_variable.variable = means.variable
            and every_group_of_every_variable.study_group = means.study_group
    left join squared_deviations
        on
            every_group_of_every_variable.variable = squared_deviations.variable
            and every_group_of_every_variable.study_group = squared_deviations.study_group
            and squared_deviations.place = squared_deviations.last_place

)

select * from moments

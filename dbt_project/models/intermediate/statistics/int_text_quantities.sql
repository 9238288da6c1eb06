-- Quantities that the paper gives in its text and that are no line of a table: sizes of the groups,
-- patient flow, circulation, the course of symptomatic hemorrhages, the study's own definition.
-- Null where the rows cannot tell.
-- One model, one short block a kind of quantity, as a list of them.
{{ config(materialized='new_table') }}

with

members as (select * from {{ ref('members') }}),
all_groups as (select * from {{ ref('stg_study_groups') }}),
flow as (select * from {{ ref('int_study_flow') }}),
study_definition as (select * from {{ ref('stg_study_definition') }}),

study_groups as (

    select all_groups.*
    from all_groups
    semi join study_definition on all_groups.study = study_definition.study

),

cohort as (

    select members.*
    from members
    semi join study_definition on members.study = study_definition.study

),

patient_flow as (

    select flow.*
    from flow
    semi join study_definition on flow.study = study_definition.study
    where flow.step is not null

),

stented as (

    select cohort.*
    from cohort
    inner join study_groups on cohort.study_group = study_groups.study_group
    where study_groups.prefix = 'rs'

),

included as (

    select
        step as included_step,
        n_remaining as n_included
    from patient_flow
    where step_name = 'included'

),

group_sizes as (

    select
        study_groups.prefix as study_group,
        count(cohort.study_group) as n
    from study_groups
    left join cohort on study_groups.study_group = cohort.study_group
    group by study_groups.prefix
    union all
    select
        'all' as study_group,
        count(*) as n
    from cohort

),

group_shares as (

    select
        group_sizes.study_group,
        group_sizes.n,
        100.0 * group_sizes.n / nullif(analyzed.n, 0) as pct_of_analyzed,
        100.0 * group_sizes.n / nullif(included.n_included, 0) as pct_of_included
    from group_sizes
    cross join included
    inner join group_sizes as analyzed on analyzed.study_group = 'all'

),

flow_stages as (

    select
        patient_flow.n_excluded,
        included.n_included,
        case
            when patient_flow.step <= included.included_step then 'flow.before_inclusion'
            else 'flow.after_inclusion'
        end as phase
    from patient_flow
    cross join included

),

flow_totals as (

    select
        phase,
        sum(n_excluded) as n_excluded,
        100.0 * sum(n_excluded) / nullif(max(n_included), 0) as pct_of_included
    from flow_stages
    group by phase

),

circulations as (

    select
        'circulation.' || circulation as artery_group,
        count(*) as n,
        100.0 * count(*) / sum(count(*)) over () as pct
    from stented
    where circulation is not null
    group by circulation

),

hemorrhages as (

    select
        days_to_death,
        -- the day after the procedure on which the scan was made: 36 to 60 hours are day 2
        round(sich_hours_after_procedure / 24) as scan_day,
        case
            when artery_perforation then 'sich.perforation'
            when sich_hours_after_procedure <= {{ var('early_hemorrhage_hours') }} then 'sich.early'
            when sich_hours_after_procedure is not null then 'sich.late'
        end as course
    from stented
    where is_sich

),

unknown as (

    select count(*) filter (is_sich is null) as n
    from stented

),

courses as (

    -- the paper gives one day for all patients of a course; different days have no single number
    select
        courses.course,
        case when any_value(unknown.n) = 0 then count(hemorrhages.course) end as n,
        case
            when min(hemorrhages.scan_day) = max(hemorrhages.scan_day)
                then min(hemorrhages.scan_day)
        end as scan_day,
        case
            when min(hemorrhages.days_to_death) = max(hemorrhages.days_to_death)
                then min(hemorrhages.days_to_death)
        end as days_to_death
    from (values ('sich.perforation'), ('sich.early'), ('sich.late')) as courses (course)
    cross join unknown
    left join hemorrhages on courses.course = hemorrhages.course
    group by courses.course

),

stent_thromboses as (

    -- the cohort does not hold the time of a thrombosis: none at all is none in either window
    select
        case
            when count(*) filter (has_stent_thrombosis is distinct from false) = 0 then 0
        end as n
    from stented

),

definition as (

    select
        mortality_window_days,
        100 * extract(year from period_start) + extract(month from period_start)
            as period_start_month,
        100 * extract(year from period_end) + extract(month from period_end) as period_end_month,
        (followup_day_min + followup_day_max) / 2.0 as followup_day
    from study_definition

),

quantities as (

    {{ unpivoted(
        'group_shares', "'study_group'", 'study_group', ['n', 'pct_of_analyzed', 'pct_of_included']
    ) }}
    union all
    {{ unpivoted('patient_flow', "'flow.' || step_name", "'all'", ['n_excluded', 'n_remaining']) }}
    union all
    {{ unpivoted('flow_totals', 'phase', "'all'", ['n_excluded', 'pct_of_included']) }}
    union all
    {{ unpivoted('circulations', 'artery_group', "'rs'", ['n', 'pct']) }}
    union all
    {{ unpivoted('courses', 'course', "'rs'", ['n', 'scan_day', 'days_to_death']) }}
    union all
    {{ unpivoted('stent_thromboses', "'stent_thrombosis.acute'", "'rs'", ['n']) }}
    union all
    {{ unpivoted('stent_thromboses', "'stent_thrombosis.subacute'", "'rs'", ['n']) }}
    union all
    {{ unpivoted(
        'definition', "'study_definition'", "'all'",
        ['period_start_month', 'period_end_month', 'followup_day', 'mortality_window_days']
    ) }}

)

select * from quantities

-- Quantities that publications give in their text and that are no line of a table: sizes of the
-- groups, patient flow, circulation, the course of symptomatic hemorrhages, the study's own
-- definition. Null where the rows cannot tell.
-- One model, one short block a kind of quantity, as a list of them.
{{ config(materialized='new_table') }}

with

members as (select * from {{ ref('members') }}),
study_groups as (select * from {{ source('raw', 'study_groups') }}),
flow as (select * from {{ ref('int_study_flow') }}),
studies as (select * from {{ source('raw', 'studies') }}),

patient_flow as (

    select *
    from flow
    where step is not null

),

grouped as (

    select
        members.*,
        study_groups.prefix
    from members
    inner join study_groups
        on
            members.study = study_groups.study
            and members.study_group = study_groups.study_group

),

included as (

    select
        study,
        step as included_step,
        n_remaining as n_included
    from patient_flow
    where step_name = 'included'

),

group_sizes as (

    select
        study_groups.study,
        study_groups.prefix as study_group,
        count(members.study_group) as n
    from study_groups
    left join members
        on
            study_groups.study = members.study
            and study_groups.study_group = members.study_group
    group by study_groups.study, study_groups.prefix
    union all
    select
        studies.study,
        'all' as study_group,
        count(members.study) as n
    from studies
    left join members on studies.study = members.study
    group by studies.study

),

group_shares as (

    select
        group_sizes.study,
        group_sizes.study_group,
        group_sizes.n,
        100.0 * group_sizes.n / nullif(analyzed.n, 0) as pct_of_analyzed,
        100.0 * group_sizes.n / nullif(included.n_included, 0) as pct_of_included
    from group_sizes
    inner join group_sizes as analyzed
        on
            group_sizes.study = analyzed.study
            and analyzed.study_group = 'all'
    left join included on group_sizes.study = included.study

),

flow_stages as (

    select
        patient_flow.study,
        patient_flow.n_excluded,
        included.n_included,
        case
            when patient_flow.step <= included.included_step then 'flow.before_inclusion'
            else 'flow.after_inclusion'
        end as phase
    from patient_flow
    inner join included on patient_flow.study = included.study

),

flow_totals as (

    select
        study,
        phase,
        sum(n_excluded) as n_excluded,
        100.0 * sum(n_excluded) / nullif(max(n_included), 0) as pct_of_included
    from flow_stages
    group by study, phase

),

circulations as (

    select
        study,
        prefix,
        'circulation.' || circulation as artery_group,
        count(*) as n,
        100.0 * count(*) / sum(count(*)) over (partition by study, prefix) as pct
    from grouped
    where circulation is not null
    group by study, prefix, circulation

),

hemorrhages as (

    select
        study,
        prefix,
        days_to_death,
        -- the day after the procedure on which the scan was made: 36 to 60 hours are day 2
        round(sich_hours_after_procedure / 24) as scan_day,
        case
            when artery_perforation then 'sich.perforation'
            when sich_hours_after_procedure <= {{ var('early_hemorrhage_hours') }} then 'sich.early'
            when sich_hours_after_procedure is not null then 'sich.late'
        end as course
    from grouped
    where is_sich

),

known as (

    select
        study_groups.study,
        study_groups.prefix,
        count(grouped.study) filter (grouped.is_sich is null) as n_sich_unknown,
        count(grouped.study) filter (grouped.has_stent_thrombosis is distinct from false)
            as n_not_without_thrombosis
    from study_groups
    left join grouped
        on
            study_groups.study = grouped.study
            and study_groups.prefix = grouped.prefix
    group by study_groups.study, study_groups.prefix

),

courses as (

    -- a publication gives one day for all patients of a course; different days have no number
    select
        known.study,
        known.prefix,
        courses.course,
        case when any_value(known.n_sich_unknown) = 0 then count(hemorrhages.course) end as n,
        case
            when min(hemorrhages.scan_day) = max(hemorrhages.scan_day)
                then min(hemorrhages.scan_day)
        end as scan_day,
        case
            when min(hemorrhages.days_to_death) = max(hemorrhages.days_to_death)
                then min(hemorrhages.days_to_death)
        end as days_to_death
    from known
    cross join (values ('sich.perforation'), ('sich.early'), ('sich.late')) as courses (course)
    left join hemorrhages
        on
            known.study = hemorrhages.study
            and known.prefix = hemorrhages.prefix
            and courses.course = hemorrhages.course
    group by known.study, known.prefix, courses.course

),

stent_thromboses as (

    -- the time of a thrombosis is not held: none at all is none in either window
    select
        study,
        prefix,
        case when n_not_without_thrombosis = 0 then 0 end as n
    from known

),

definition as (

    select
        study,
        mortality_window_days,
        100 * extract(year from period_start) + extract(month from period_start)
            as period_start_month,
        100 * extract(year from period_end) + extract(month from period_end) as period_end_month,
        (followup_day_min + followup_day_max) / 2.0 as followup_day
    from studies

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
    {{ unpivoted('circulations', 'artery_group', 'prefix', ['n', 'pct']) }}
    union all
    {{ unpivoted('courses', 'course', 'prefix', ['n', 'scan_day', 'days_to_death']) }}
    union all
    {{ unpivoted('stent_thromboses', "'stent_thrombosis.acute'", 'prefix', ['n']) }}
    union all
    {{ unpivoted('stent_thromboses', "'stent_thrombosis.subacute'", 'prefix', ['n']) }}
    union all
    {{ unpivoted(
        'definition', "'study_definition'", "'all'",
        ['period_start_month', 'period_end_month', 'followup_day', 'mortality_window_days']
    ) }}

)

select * from quantities

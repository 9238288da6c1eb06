-- A table of its own: each study has its groups, and clients over ODBC cannot read a map.

with

refresh as (select * from {{ ref('stg_refresh') }}),
refresh_history as (select * from {{ ref('stg_refresh_history') }}),
definitions as (select * from {{ ref('definitions') }}),
study_groups as (select * from {{ ref('study_groups') }}),
members as (select * from {{ ref('members') }}),

groups_of_studies as (

    select
        definitions.study,
        definitions.place = 1 as is_default,
        coalesce(study_groups.study_group, 'all') as study_group
    from definitions
    left join study_groups on definitions.study = study_groups.study

),

this_refresh as (

    select
        refresh.refresh_id,
        groups_of_studies.study,
        groups_of_studies.is_default,
        groups_of_studies.study_group,
        count(members.admission_key) as n
    from refresh
    cross join groups_of_studies
    left join members
        on
            groups_of_studies.study = members.study
            and groups_of_studies.study_group = members.study_group
    group by all

),

studies_of_refreshes as (

    select
        refresh_id,
        map_keys(studies)[1] as default_study,
        unnest(map_entries(studies)) as entry
    from refresh_history

),

groups_of_refreshes as (

    select
        refresh_id,
        entry['key'] as study,
        entry['key'] = default_study as is_default,
        unnest(map_entries(entry['value'])) as size
    from studies_of_refreshes

),

earlier_refreshes as (

    select
        refresh_id,
        study,
        is_default,
        size['key'] as study_group,
        size['value'] as n
    from groups_of_refreshes

),

all_refreshes as (

    select * from this_refresh
    union all
    select * from earlier_refreshes

)

select * from all_refreshes
order by refresh_id, study, study_group

-- The subgroups of each study, with the patients of each, and those who are in none.

with

study_subgroups as (select * from {{ source('raw', 'study_subgroups') }}),
study_patients as (select * from {{ ref('int_study_patients') }}),

parts as (

    select
        study,
        unnest(map_entries(subgroups)) as part
    from study_patients
    where left_at is null

),

counted as (

    select
        study_subgroups.study,
        study_subgroups.place,
        study_subgroups.characteristic,
        study_subgroups.characteristic_label,
        study_subgroups.subgroup,
        study_subgroups.label,
        count(*) filter (where parts.part.value = study_subgroups.subgroup) as n_patients,
        count(*) filter (where parts.part.value = 'unknown') as n_unknown,
        count(*) filter (where parts.part.value = 'none') as n_none
    from study_subgroups
    left join parts
        on
            study_subgroups.study = parts.study
            and study_subgroups.characteristic = parts.part.key
    group by all

)

select * from counted
order by study, place

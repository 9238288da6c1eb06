-- A study group of which only deaths are known, and not of all its patients, has no outcome yet:
-- its dead are not analyzed. Its patients are those who lack nothing but a 90-day outcome.

with

screened_patients as (select * from {{ ref('int_screened_patients') }}),
exclusions as (select * from {{ ref('int_exclusions') }}),
later_strokes as (select * from {{ ref('int_later_strokes') }}),
outcomes_90d as (select * from {{ ref('int_outcomes_90d') }}),

by_outcome as (

    select
        screened_patients.admission_key,
        screened_patients.study_group,
        outcomes_90d.is_dead_90d,
        coalesce(bool_and(exclusions.is_of_followup), true) as is_candidate,
        count(exclusions.step_name) = 0 as is_known
    from screened_patients
    left join exclusions
        on screened_patients.admission_key = exclusions.admission_key
    left join outcomes_90d
        on screened_patients.admission_key = outcomes_90d.admission_key
    anti join later_strokes
        on screened_patients.admission_key = later_strokes.admission_key
    group by all

),

candidates as (

    select *
    from by_outcome
    where is_candidate

),

groups_without_outcome as (

    select study_group
    from candidates
    group by study_group
    having
        {{ deaths_only(
            'count(*) filter (where is_known and is_dead_90d)',
            'count(*) filter (where is_known)',
            'count(*)'
        ) }}

),

deaths_only as (

    select
        candidates.admission_key,
        'deaths_only' as step_name,
        'died; of the others of the group no outcome is known' as reason
    from candidates
    semi join groups_without_outcome
        on candidates.study_group = groups_without_outcome.study_group
    where candidates.is_known

)

select * from deaths_only

-- What belongs beside the outcomes of each study: who is not in its rates, and what the rates would
-- be with those who were assessed outside the window, by group.
-- One model, because all notes count the same patients.

with

studies as (select * from {{ source('raw', 'studies') }}),
named_groups as (select * from {{ source('raw', 'study_groups') }}),
members as (select * from {{ ref('members') }}),
scan_outcomes as (select * from {{ ref('int_imaging_outcomes') }}),
study_definition as (select * from {{ source('raw', 'study_definition') }}),
study_patients as (select * from {{ ref('int_study_patients') }}),
study_steps as (select * from {{ source('raw', 'study_steps') }}),
outcomes_90d as (select * from {{ ref('int_outcomes_90d') }}),
mrs as (select * from {{ ref('mrs') }}),

study_groups as (

    select
        studies.study,
        coalesce(named_groups.study_group, 'all') as study_group
    from studies
    left join named_groups on studies.study = named_groups.study

),

analyzed as (

    select
        members.study,
        members.study_group,
        count(*) as n_patients,
        count(*) filter (where members.is_good_outcome) as n_good_outcome,
        count(*) filter (where members.days_to_death > study_definition.mortality_window_days)
            as n_dead_later,
        count(*) filter (
            where
            members.days_to_death > study_definition.mortality_window_days
            and mrs.is_death
        ) as n_mrs_6_dead_later,
        count(*) filter (where scan_outcomes.is_sich_by_death) as n_sich_by_death,
        count(*) filter (where scan_outcomes.is_sich_unclear) as n_sich_unclear,
        count(members.days_to_reintervention) as n_reintervened,
        count(*) filter (where members.is_stented_later) as n_stented_later
    from members
    cross join study_definition
    left join mrs
        on members.mrs_90d = mrs.code
    left join scan_outcomes
        on members.admission_key = scan_outcomes.admission_key
    group by members.study, members.study_group

),

excluded as (

    select
        study_patients.study,
        study_patients.study_group,
        count(*) filter (where study_steps.step_name = 'followup_pending') as n_pending,
        count(*) filter (where study_steps.step_name = 'assessed_outside_window')
            as n_outside_window,
        count(*) filter (
            where
            study_steps.step_name = 'assessed_outside_window'
            and mrs.is_good_outcome
        ) as n_good_outcome_outside
    from study_patients
    inner join study_steps
        on
            study_patients.study = study_steps.study
            and study_patients.left_at = study_steps.place
    inner join outcomes_90d
        on study_patients.admission_key = outcomes_90d.admission_key
    left join mrs
        on outcomes_90d.mrs_outside_window = mrs.code
    group by study_patients.study, study_patients.study_group

),

counted as (

    select
        study_groups.study,
        study_groups.study_group,
        coalesce(analyzed.n_patients, 0) as n_patients,
        coalesce(analyzed.n_good_outcome, 0) as n_good_outcome,
        coalesce(excluded.n_outside_window, 0) as n_outside_window,
        coalesce(excluded.n_good_outcome_outside, 0) as n_good_outcome_outside,
        coalesce(excluded.n_pending, 0) as n_pending,
        coalesce(analyzed.n_dead_later, 0) as n_dead_later,
        coalesce(analyzed.n_mrs_6_dead_later, 0) as n_mrs_6_dead_later,
        coalesce(analyzed.n_sich_by_death, 0) as n_sich_by_death,
        coalesce(analyzed.n_sich_unclear, 0) as n_sich_unclear,
        coalesce(analyzed.n_reintervened, 0) as n_reintervened,
        coalesce(analyzed.n_stented_later, 0) as n_stented_later
    from study_groups
    left join analyzed
        on
            study_groups.study = analyzed.study
            and study_groups.study_group = analyzed.study_group
    left join excluded
        on
            study_groups.study = excluded.study
            and study_groups.study_group = excluded.study_group

),

notes as (

    select
        *,
        100.0 * n_good_outcome / nullif(n_patients, 0) as pct_good_outcome,
        100.0 * (n_good_outcome + n_good_outcome_outside)
        / nullif(n_patients + n_outside_window, 0) as pct_good_outcome_with_outside
    from counted

)

select * from notes
order by study, study_group

-- The steps of the patient flow (Guo 2023, Figure 3), in order. A step that is not in the figure is
-- shown only when it excludes somebody, so that the flow always accounts for everybody. Where no
-- patient has two eligible strokes, there is no step for the later ones, and where no group has
-- deaths only, none for these.

with

study_definition as (select * from {{ ref('stg_study_definition') }}),
deaths_only as (select * from {{ ref('int_deaths_only') }}),
later_strokes as (select * from {{ ref('int_later_strokes') }}),

listed_steps as (

    select listed.*
    from (
        values
        (1, 'screened', 'Treated with thrombectomy in the study period', false, true),
        (2, 'no_procedure', 'No valid procedure record', true, false),
        (3, 'cardioembolic', 'Cardioembolic stroke', true, true),
        (4, 'other_etiology', 'Stroke of other determined or undetermined etiology', true, true),
        (5, 'not_intracranial', 'Occlusion outside the skull', true, false),
        (6, 'prestroke_mrs', 'Pre-stroke mRS of {mrs} or more', true, true),
        (7, 'age', 'Younger than {age} years', true, false),
        (8, 'onset_to_puncture', 'More than {hours} hours from onset to puncture', true, false),
        (9, 'no_consent', 'No consent', true, false),
        (10, 'later_stroke', 'Later stroke of a patient who is counted already', true, false),
        (11, 'included', 'Acute intracranial atherosclerotic occlusion, included', false, true),
        (12, 'refused_rescue_stent', 'Rescue stent refused', true, true),
        (
            13,
            'insufficient_flow_below_threshold',
            'Stenosis below {pct}% and insufficient distal flow',
            true,
            true
        ),
        (
            14,
            'no_study_group',
            'Failed without a rescue stent, stenosis not below {pct}%',
            true,
            false
        ),
        (
            15,
            'followup_pending',
            'Follow-up pending, window open at the last delivery of follow-ups',
            true,
            false
        ),
        (
            16,
            'assessed_outside_window',
            'Assessed outside the window of day {first} to {last}',
            true,
            false
        ),
        (17, 'lost_to_followup', 'Lost to follow-up', true, true),
        (18, 'deaths_only', 'Died, in a group of which only deaths are known', true, false),
        (19, 'analyzed', 'Analyzed', false, true)
    ) as listed (place, step_name, label_with_limit, is_exclusion, is_always_shown)

),

steps as (

    select
        *,
        row_number() over (order by place) as step_order
    from listed_steps
    where
        step_name not in ('later_stroke', 'deaths_only')
        or step_name in (
            select later_strokes.step_name from later_strokes
            union all
            select deaths_only.step_name from deaths_only
        )

),

labeled as (

    select
        cast(steps.step_order as integer) as step_order,
        steps.step_name,
        steps.is_exclusion,
        steps.is_always_shown,
        replace(
            replace(
                replace(
                    replace(
                        replace(
                            replace(
                                steps.label_with_limit,
                                '{mrs}', cast(study_definition.prestroke_mrs_below as varchar)
                            ),
                            '{age}', cast(study_definition.minimum_age_years as varchar)
                        ),
                        '{hours}', cast(study_definition.onset_to_puncture_max_hours as varchar)
                    ),
                    '{pct}', cast(study_definition.stenosis_threshold_pct as varchar)
                ),
                '{first}', cast(study_definition.followup_day_min as varchar)
            ),
            '{last}', cast(study_definition.followup_day_max as varchar)
        ) as label
    from steps
    cross join study_definition

)

select * from labeled

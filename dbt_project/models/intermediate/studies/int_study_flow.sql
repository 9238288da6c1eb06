{{ config(materialized='new_table') }}

-- The steps of each study's patient flow, with who leaves at each and who remains. A step that may
-- be hidden is shown only when it excludes somebody, so that the flow always accounts for
-- everybody.

with

study_steps as (select * from {{ source('raw', 'study_steps') }}),
study_patients as (select * from {{ ref('int_study_patients') }}),

screened as (

    select
        study,
        count(*) as n_screened
    from study_patients
    group by study

),

excluded_per_step as (

    select
        study,
        left_at,
        count(*) as n_excluded
    from study_patients
    where left_at is not null
    group by study, left_at

),

counted as (

    select
        study_steps.*,
        coalesce(excluded_per_step.n_excluded, 0) as n_excluded,
        coalesce(screened.n_screened, 0) as n_screened
    from study_steps
    left join screened
        on study_steps.study = screened.study
    left join excluded_per_step
        on
            study_steps.study = excluded_per_step.study
            and study_steps.place = excluded_per_step.left_at

),

numbered as (

    select
        study,
        place,
        step_name,
        label,
        is_exclusion,
        n_excluded,
        cast(row_number() over steps as integer) as step_order,
        cast(n_screened - sum(n_excluded) over steps as bigint) as n_remaining,
        is_always_shown or n_excluded > 0 as is_shown
    from counted
    window steps as (partition by study order by place)

),

flow as (

    select
        * exclude (is_shown),
        case
            when is_shown
                then cast(
                    count(*) filter (where is_shown) over (
                        partition by study
                        order by place
                    ) as integer
                )
        end as step
    from numbered

)

select * from flow

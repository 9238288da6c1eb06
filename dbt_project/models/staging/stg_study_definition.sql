with

source as (

    select * from {{ source('raw', 'study_definition') }}

),

staged as (

    select
        title,
        site_codes,
        period_start,
        period_end,
        minimum_age_years,
        onset_to_puncture_max_hours,
        prestroke_mrs_below,
        stenosis_threshold_pct,
        sich_nihss_increase,
        sich_fatal_days,
        followup_day_min,
        followup_day_max,
        mortality_window_days,
        is_of_the_paper,
        small_samples
    from source

)

select * from staged

-- Each patient counts in the month of the first puncture. Rates are of the patients in whom the
-- indicator is known. Rates at 90 days are of those whose follow-up is due: the dead are known soon
-- and the living only when they were called, so both are counted once the window has closed.
-- A month between a site's first and last in which it treated nobody is a row of zeros. After the
-- last one nothing says whether nobody was treated or nothing was delivered.

with

treated_patients as (select * from {{ ref('treated_patients') }}),

periods as (

    select
        site,
        min(treated_month) as first_month,
        max(treated_month) as last_month
    from treated_patients
    group by site

),

months as (

    select
        site,
        cast(
            unnest(generate_series(first_month, last_month, interval '1 month')) as date
        ) as treated_month
    from periods

),

monthly as (

    select
        months.site,
        months.treated_month,
        count(treated_patients.admission_key) as n_patients,
        median(treated_patients.door_to_puncture_min) as median_door_to_puncture_min,
        median(treated_patients.onset_to_puncture_min) as median_onset_to_puncture_min,
        {{ rate_columns('treated_patients.is_first_pass_effect', 'first_pass_effect') }},
        {{ rate_columns('treated_patients.is_reperfused_final', 'reperfused') }},
        {{ rate_columns('treated_patients.is_sich', 'sich') }},
        {% set is_due = 'treated_patients.is_followup_due' -%}
        {{ rate_columns('treated_patients.is_good_outcome', 'good_outcome', is_due) }},
        {{ rate_columns('treated_patients.is_dead_90d', 'dead_90d', is_due) }},
        count(*) filter (where {{ is_due }}) as n_followup_due,
        count(*) filter (where {{ is_due }} and treated_patients.is_followed_up)
            as n_followed_up,
        100.0 * count(*) filter (where {{ is_due }} and treated_patients.is_followed_up)
        / nullif(count(*) filter (where {{ is_due }}), 0) as pct_followed_up,
        count(*) filter (where {{ is_due }} and treated_patients.is_outside_window)
            as n_outside_window,
        count(*) filter (where not {{ is_due }}) as n_pending
    from months
    left join treated_patients
        on
            months.site = treated_patients.site
            and months.treated_month = treated_patients.treated_month
    group by months.site, months.treated_month

),

-- Deaths are known without a call. Where they are all that is known of a month's patients, and it
-- has others, there is no rate.
marked as (

    select
        *,
        {{ deaths_only('n_dead_90d', 'n_dead_90d_known', 'n_patients') }}
            as has_deaths_only
    from monthly

),

rated as (

    select
        * exclude (has_deaths_only) replace (
            case when not has_deaths_only then pct_good_outcome end as pct_good_outcome,
            case when not has_deaths_only then pct_dead_90d end as pct_dead_90d
        )
    from marked

)

select * from rated
order by site, treated_month

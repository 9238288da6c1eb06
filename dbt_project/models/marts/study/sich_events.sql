with

cohort as (select * from {{ ref('cohort') }}),
sich_events as (select * from {{ ref('int_sich_events') }}),

events as (

    select
        cohort.admission_key,
        cohort.patient_key,
        cohort.site,
        cohort.study_group,
        sich_events.hemorrhage_type,
        case
            when cohort.artery_perforation then 'perforation'
            when sich_events.hours_after_procedure <= {{ var('early_hemorrhage_hours') }}
                then 'within_{{ var("early_hemorrhage_hours") }}_hours'
            else 'later'
        end as timing_class,
        sich_events.hours_after_procedure,
        cohort.baseline_nihss,
        sich_events.nihss_at_imaging,
        sich_events.nihss_increase,
        cohort.days_to_death,
        cohort.artery_perforation,
        sich_events.imaged_at
    from cohort
    inner join sich_events
        on cohort.admission_key = sich_events.admission_key

)

select * from events
order by study_group, hours_after_procedure, patient_key

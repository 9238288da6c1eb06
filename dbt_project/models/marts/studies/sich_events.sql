with

members as (select * from {{ ref('members') }}),
sich_events as (select * from {{ ref('int_sich_events') }}),

events as (

    select
        members.study,
        members.admission_key,
        members.patient_key,
        members.site,
        members.study_group,
        sich_events.hemorrhage_type,
        case
            when members.artery_perforation then 'perforation'
            when sich_events.hours_after_procedure <= {{ var('early_hemorrhage_hours') }}
                then 'within_{{ var("early_hemorrhage_hours") }}_hours'
            else 'later'
        end as timing_class,
        sich_events.hours_after_procedure,
        members.baseline_nihss,
        sich_events.nihss_at_imaging,
        sich_events.nihss_increase,
        members.days_to_death,
        members.artery_perforation,
        sich_events.imaged_at
    from members
    inner join sich_events
        on members.admission_key = sich_events.admission_key

)

select * from events
order by study, study_group, hours_after_procedure, patient_key

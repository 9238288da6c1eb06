-- From the first to the last event of a person: the registry does not say until when it would know
-- of others.
with

events as (

    select
        person_id,
        visit_start_date as began_on,
        visit_end_date as ended_on
    from visit_occurrence

    union all

    select
        person_id,
        condition_start_date as began_on,
        condition_start_date as ended_on
    from condition_occurrence

    union all

    select
        person_id,
        procedure_date as began_on,
        coalesce(procedure_end_date, procedure_date) as ended_on
    from procedure_occurrence

    union all

    select
        person_id,
        device_exposure_start_date as began_on,
        device_exposure_start_date as ended_on
    from device_exposure

    union all

    select
        person_id,
        drug_exposure_start_date as began_on,
        drug_exposure_end_date as ended_on
    from drug_exposure

    union all

    select
        person_id,
        measurement_date as began_on,
        measurement_date as ended_on
    from measurement

    union all

    select
        person_id,
        observation_date as began_on,
        observation_date as ended_on
    from observation

    union all

    select
        person_id,
        death_date as began_on,
        death_date as ended_on
    from death

)

select
    person.person_source_value as record,
    person.person_source_value as person,
    min(events.began_on) as observation_period_start_date,
    max(events.ended_on) as observation_period_end_date,
    concept('type', 'registry') as period_type_concept_id
from events
inner join person
    on events.person_id = person.person_id
group by person.person_source_value

-- The CDM needs a day: a death of which none is known is in measurement alone, as mRS 6.
with

deaths as (

    select
        followups.patient_key,
        followups.death_date
    from followups
    where followups.death_date is not null or followups.mrs = 6

    union all

    select
        patient_key,
        discharged_on as death_date
    from stays
    where discharge_destination = 'died' or mrs_discharge = 6

)

select
    patient_key as person,
    min(death_date) as death_date,
    concept('type', 'registry') as death_type_concept_id
from deaths
group by patient_key

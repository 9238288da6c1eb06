-- What is neither a condition, a procedure, a drug nor a measurement; yes and no as they were
-- recorded. A scan without hemorrhage is here, since that is no condition.
with

of_stays as (

    select
        stays.admission_key as record,
        stays.patient_key,
        stays.admission_key,
        facts.*
    from stays,
        lateral (
            values
            ('smoking', as_text(stays.smoking), null, stays.admitted_at),
            ('consent_given', as_text(stays.consent_given), null, stays.admitted_at),
            ('wake_up_stroke', as_text(stays.wake_up_stroke), null, stays.admitted_at),
            (
                'is_age_top_coded', case when stays.is_age_top_coded then 'true' end, null,
                stays.admitted_at
            ),
            ('study_arm', stays.study_arm, null, stays.admitted_at),
            ('last_seen_well_at', as_text(stays.last_seen_well_at), stays.last_seen_well_at, null),
            (
                'referring_arrived_at', as_text(stays.referring_arrived_at),
                stays.referring_arrived_at, null
            ),
            ('referring_left_at', as_text(stays.referring_left_at), stays.referring_left_at, null)
        ) as facts (field, code, happened_at, happened_on)

),

of_procedures as (

    select
        procedures.procedure_key as record,
        procedures.patient_key,
        procedures.admission_key,
        procedures.puncture_at as happened_on,
        facts.*
    from procedures,
        lateral (
            values
            ('occlusion_site', procedures.occlusion_site, null),
            ('occlusion_side', procedures.occlusion_side, null),
            ('second_occlusion_site', procedures.second_occlusion_site, null),
            ('tandem_lesion', as_text(procedures.tandem_lesion), null),
            ('access_site', procedures.access_site, null),
            ('anesthesia_conversion', as_text(procedures.anesthesia_conversion), null),
            ('passes', as_text(procedures.passes), null),
            ('rescue_stent', nullif(procedures.rescue_stent, 'placed'), null),
            ('first_pass_at', as_text(procedures.first_pass_at), procedures.first_pass_at),
            ('reperfusion_at', as_text(procedures.reperfusion_at), procedures.reperfusion_at)
        ) as facts (field, code, happened_at)

),

of_imaging as (

    select
        imaging.imaging_key as record,
        imaging.patient_key,
        imaging.admission_key,
        imaging.imaged_at as happened_at,
        facts.*
    from imaging,
        lateral (
            values
            ('hemorrhage_type', if(imaging.is_hemorrhage, null, imaging.hemorrhage_type)),
            ('stent_patency', imaging.stent_patency),
            ('adjudicated_sich', as_text(imaging.adjudicated_sich))
        ) as facts (field, code)

),

of_followups as (

    select
        concat_ws(
            '+', followups.admission_key, nullif(followups.time_point, 'day_90')
        ) as record,
        followups.patient_key,
        -- Who was lost was not assessed: that was known when it was delivered.
        coalesce(followups.assessed_on, followups.delivered_on) as happened_on,
        facts.*
    from followups,
        lateral (
            values
            ('mode', followups.mode),
            ('lost_to_followup', as_text(followups.lost_to_followup)),
            ('rater_blinded', as_text(followups.rater_blinded)),
            ('time_point', nullif(followups.time_point, 'day_90'))
        ) as facts (field, code)

),

observed as (

    select * from of_stays
    union all by name
    select * from of_procedures
    union all by name
    select * from of_imaging
    union all by name
    select * from of_followups

)

select
    patient_key as person,
    admission_key as visit,
    cast(coalesce(happened_at, happened_on) as date) as observation_date,
    happened_at as observation_datetime,
    field as observation_source_value,
    code as value_source_value,
    record || '.' || field as record,
    concept(field, null) as observation_concept_id,
    concept('type', 'registry') as observation_type_concept_id,
    if(field = 'passes', cast(code as integer), null) as value_as_number,
    if(field = 'passes', null, code) as value_as_string,
    if(field = 'passes' or suffix(field, '_at'), null, concept(field, code)) as value_as_concept_id
from observed
where code is not null

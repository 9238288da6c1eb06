{{ config(materialized='new_table') }}

{% set inclusion = [
    'no_procedure', 'cardioembolic', 'other_etiology', 'not_intracranial', 'prestroke_mrs', 'age',
    'onset_to_puncture', 'no_consent',
] %}
{% set later = [
    'refused_rescue_stent', 'insufficient_flow_below_threshold', 'no_study_group',
] %}
{% set followup = ['followup_pending', 'assessed_outside_window', 'lost_to_followup'] %}

-- Who is excluded from the study, and why (Guo 2023, Methods "Patients" and Figure 3).
--
-- Inclusion: aged 18 or more; onset to puncture within 24 h; pre-stroke mRS below 2; stroke caused
-- by intracranial atherosclerotic occlusion; informed consent. Afterwards: a rescue stent was not
-- refused; not insufficient flow with a residual stenosis below 70%; seen at 90 days.
-- The limits are those of the study's definition (study.yaml). What is not recorded, or
-- impossible, does not meet a criterion. Each criterion is applied by itself here; the patient flow
-- counts a patient at the first one that applies.
-- One model, one block a criterion, so that the study's criteria are read in one place.

with

screened_patients as (select * from {{ ref('int_screened_patients') }}),
outcomes_90d as (select * from {{ ref('int_outcomes_90d') }}),
study_definition as (select * from {{ ref('stg_study_definition') }}),

no_procedure as (

    select
        admission_key,
        'no_procedure' as step_name,
        'no procedure record, or none that passed its checks' as reason
    from screened_patients
    where not has_procedure

),

cardioembolic as (

    select
        admission_key,
        'cardioembolic' as step_name,
        etiology_label as reason
    from screened_patients
    where is_cardioembolic

),

other_etiology as (

    select
        admission_key,
        'other_etiology' as step_name,
        coalesce(etiology_label, 'etiology not recorded') as reason
    from screened_patients
    where
        not coalesce(is_intracranial_atherosclerosis, false)
        and not coalesce(is_cardioembolic, false)

),

-- TOAST does not tell extracranial plaque apart. Where the site is unknown, the etiology decides.
not_intracranial as (

    select
        admission_key,
        'not_intracranial' as step_name,
        'the occluded artery is not intracranial' as reason
    from screened_patients
    where not is_intracranial_occlusion

),

prestroke_mrs as (

    select
        screened_patients.admission_key,
        'prestroke_mrs' as step_name,
        coalesce('pre-stroke mRS ' || screened_patients.prestroke_mrs, 'not recorded')
            as reason
    from screened_patients
    cross join study_definition
    where
        not coalesce(screened_patients.prestroke_mrs < study_definition.prestroke_mrs_below, false)

),

age as (

    select
        screened_patients.admission_key,
        'age' as step_name,
        coalesce(screened_patients.age_years || ' years', 'not recorded, or impossible')
            as reason
    from screened_patients
    cross join study_definition
    where not coalesce(screened_patients.age_years >= study_definition.minimum_age_years, false)

),

onset_to_puncture as (

    select
        screened_patients.admission_key,
        'onset_to_puncture' as step_name,
        coalesce(
            screened_patients.onset_to_puncture_min || ' min from onset to puncture',
            'not recorded, or impossible'
        ) as reason
    from screened_patients
    cross join study_definition
    where
        not coalesce(
            screened_patients.onset_to_puncture_min
            <= study_definition.onset_to_puncture_max_hours * 60,
            false
        )

),

no_consent as (

    select
        admission_key,
        'no_consent' as step_name,
        case when consent_given is null then 'not recorded' else 'consent was not given' end
            as reason
    from screened_patients
    where not coalesce(consent_given, false)

),

refused_rescue_stent as (

    select
        admission_key,
        'refused_rescue_stent' as step_name,
        'rescue stent indicated and refused' as reason
    from screened_patients
    where is_rescue_stent_refused

),

insufficient_flow_below_threshold as (

    select
        screened_patients.admission_key,
        'insufficient_flow_below_threshold' as step_name,
        'thrombectomy failed, no rescue stent, residual stenosis '
        || screened_patients.residual_stenosis_pct || '%' as reason
    from screened_patients
    cross join study_definition
    where
        not screened_patients.is_reperfused_after_mt
        and not screened_patients.is_rescue_stent_placed
        and not screened_patients.is_rescue_stent_refused
        and screened_patients.residual_stenosis_pct < study_definition.stenosis_threshold_pct

),

no_study_group as (

    select
        screened_patients.admission_key,
        'no_study_group' as step_name,
        coalesce(
            'residual stenosis ' || screened_patients.residual_stenosis_pct || '%',
            'residual stenosis not recorded'
        ) as reason
    from screened_patients
    where screened_patients.study_group is null

),

-- The living may not have been asked yet, so the dead of these days are not counted either.
followup_pending as (

    select
        screened_patients.admission_key,
        'followup_pending' as step_name,
        case
            when outcomes_90d.mrs_90d is not null
                then 'outcome known, counted with the others after day '
            else 'no 90-day mRS yet, due until day '
        end || study_definition.followup_day_max as reason
    from screened_patients
    cross join study_definition
    inner join outcomes_90d
        on screened_patients.admission_key = outcomes_90d.admission_key
    where not outcomes_90d.is_window_closed

),

assessed_outside_window as (

    select
        screened_patients.admission_key,
        'assessed_outside_window' as step_name,
        case
            when outcomes_90d.days_to_assessment < study_definition.followup_day_min
                then 'assessed before day ' || study_definition.followup_day_min
            else 'assessed after day ' || study_definition.followup_day_max
        end || ' alone' as reason
    from screened_patients
    cross join study_definition
    inner join outcomes_90d
        on screened_patients.admission_key = outcomes_90d.admission_key
    where outcomes_90d.is_outside_window

),

lost_to_followup as (

    select
        screened_patients.admission_key,
        'lost_to_followup' as step_name,
        case
            when outcomes_90d.lost_to_followup then 'recorded as lost to follow-up'
            when outcomes_90d.has_followup then 'no mRS at the follow-up'
            else 'no follow-up record, or none that passed its checks'
        end as reason
    from screened_patients
    left join outcomes_90d
        on screened_patients.admission_key = outcomes_90d.admission_key
    where outcomes_90d.mrs_90d is null

),

exclusions as (

    {% for criterion in inclusion + later + followup %}
        select
            *,
            {{ 'true' if criterion in inclusion else 'false' }} as is_of_inclusion,
            {{ 'true' if criterion in followup else 'false' }} as is_of_followup
        from {{ criterion }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from exclusions

{{ config(materialized='new_table') }}

-- Screened: treated with thrombectomy at one of the study's sites within its period, by the day of
-- the first puncture. A patient whose procedure record was not delivered or is not valid is placed
-- by the day of arrival, so that the patient flow accounts for everybody.
--
-- Groups (Guo 2023, Results): patients in whom thrombectomy failed and who got a rescue stent, and
-- patients in whom thrombectomy alone reached mTICI 2b or better. A patient for whom a rescue stent
-- was refused is in neither, and so is one with failed thrombectomy and no stent.

with

patients as (select * from {{ ref('int_patients') }}),
index_procedures as (select * from {{ ref('int_index_procedures') }}),
study_definition as (select * from {{ ref('stg_study_definition') }}),

patients_with_day as (

    select
        patients.admission_key,
        patients.patient_key,
        patients.site,
        patients.etiology_label,
        patients.age_years,
        patients.prestroke_mrs,
        index_procedures.onset_to_puncture_min,
        index_procedures.residual_stenosis_pct,
        patients.is_intracranial_atherosclerosis,
        index_procedures.is_intracranial_occlusion,
        patients.is_cardioembolic,
        patients.consent_given,
        index_procedures.is_reperfused_after_mt,
        index_procedures.is_rescue_stent_placed,
        index_procedures.is_rescue_stent_refused,
        cast(coalesce(index_procedures.puncture_at, patients.arrived_at) as date) as treated_on,
        index_procedures.procedure_key is not null as has_procedure
    from patients
    left join index_procedures
        on patients.admission_key = index_procedures.admission_key

),

screened as (

    select
        patients_with_day.*,
        case
            when patients_with_day.is_rescue_stent_placed then 'rescue_stenting'
            when patients_with_day.is_rescue_stent_refused then null
            when patients_with_day.is_reperfused_after_mt then 'no_rescue_stenting'
        end as study_group
    from patients_with_day
    inner join study_definition
        on
            array_contains(study_definition.site_codes, patients_with_day.site)
            and patients_with_day.treated_on >= study_definition.period_start
            and (
                study_definition.period_end is null
                or patients_with_day.treated_on <= study_definition.period_end
            )

)

select * from screened

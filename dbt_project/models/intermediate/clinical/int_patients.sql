{{ config(materialized='new_table') }}

-- Age is the number of birthdays up to the day of onset. What is impossible is missing.

{% set zone = 'time_zones.time_zone' -%}

with

admissions as (

    select * from {{ ref('stg_admissions') }}

),

current_rows as (

    select * from {{ ref('int_current_rows') }}

),

impossible_values as (

    select * from {{ ref('stg_impossible_values') }}

),

time_zones as (

    select * from {{ ref('stg_time_zones') }}

),

sex as (

    select * from {{ ref('sex') }}

),

toast as (

    select * from {{ ref('toast') }}

),

patients as (

    select
        admissions.admission_key,
        admissions.patient_key,
        admissions.site,
        admissions.source_file,
        admissions.source_row,
        admissions.sex,
        admissions.etiology,
        case
            when admissions.birth_date is null then admissions.age_years
            else
                {{ possible(
                    'age_years', completed_years('admissions.birth_date', 'admissions.onset_at')
                ) }}
        end as age_years,
        admissions.prestroke_mrs,
        admissions.platelets_giga_per_l,
        admissions.glucose_mmol_per_l,
        admissions.systolic_bp_mmhg,
        admissions.baseline_nihss,
        admissions.aspects,
        {{ possible(
            'onset_to_admission_min',
            minutes_between('admissions.onset_at', 'admissions.arrived_at', zone)
        ) }} as onset_to_admission_min,
        sex.is_male,
        toast.is_intracranial_atherosclerosis,
        toast.is_cardioembolic,
        admissions.hypertension,
        admissions.diabetes,
        admissions.dyslipidemia,
        admissions.coronary_artery_disease,
        admissions.atrial_fibrillation,
        admissions.smoking,
        admissions.consent_given,
        current_rows.is_warned,
        admissions.onset_at,
        admissions.arrived_at,
        admissions.delivered_on
    from admissions
    inner join current_rows
        on admissions.row_id = current_rows.row_id
    left join impossible_values
        on admissions.row_id = impossible_values.row_id
    left join time_zones
        on admissions.site = time_zones.site
    left join sex
        on admissions.sex = sex.code
    left join toast
        on admissions.etiology = toast.code

)

select * from patients

with

screened_patients as (

    select * from {{ ref('int_screened_patients') }}

),

study_groups as (

    select * from {{ ref('int_study_groups') }}

),

first_exclusions as (

    select * from {{ ref('int_first_exclusions') }}

),

analysed as (

    select
        screened_patients.patient_key,
        study_groups.study_group
    from screened_patients
    inner join study_groups
        on screened_patients.patient_key = study_groups.patient_key
    left join first_exclusions
        on screened_patients.patient_key = first_exclusions.patient_key
    where first_exclusions.patient_key is null

)

select * from analysed

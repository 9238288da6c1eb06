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

analyzed as (

    select
        screened_patients.admission_key,
        study_groups.study_group
    from screened_patients
    inner join study_groups
        on screened_patients.admission_key = study_groups.admission_key
    left join first_exclusions
        on screened_patients.admission_key = first_exclusions.admission_key
    where first_exclusions.admission_key is null

)

select * from analyzed

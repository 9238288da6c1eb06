{{ config(materialized='new_table') }}

-- Age is the number of birthdays up to the day of onset. What is impossible is missing.

{% set zone = 'time_zones.time_zone' -%}

with

admissions as (select * from {{ source('raw', 'admissions') }}),
current_rows as (select * from {{ ref('int_current_rows') }}),
impossible_values as (select * from {{ ref('stg_impossible_values') }}),
time_zones as (select * from {{ source('raw', 'time_zones') }}),
sex as (select * from {{ ref('sex') }}),
toast as (select * from {{ ref('toast') }}),

patients as (

    select
        admissions.* replace (
            case
                when admissions.birth_date is null then admissions.age_years
                else
                    {{ possible(
                        'age_years',
                        completed_years('admissions.birth_date', 'admissions.onset_at')
                    ) }}
            end as age_years,
            admissions.birth_date is null and coalesce(admissions.is_age_top_coded, false)
                as is_age_top_coded
        ),
        sex.is_male,
        toast.label as etiology_label,
        toast.is_intracranial_atherosclerosis,
        toast.is_cardioembolic,
        current_rows.is_warned,
        {{ possible(
            'onset_to_admission_min',
            minutes_between('admissions.onset_at', 'admissions.arrived_at', zone)
        ) }} as onset_to_admission_min
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

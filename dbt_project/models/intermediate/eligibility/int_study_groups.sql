-- Groups (Guo 2023, Results): patients in whom thrombectomy failed and who got a rescue stent, and
-- patients in whom thrombectomy alone reached mTICI 2b or better. A patient for whom a rescue stent
-- was refused is in neither, and so is one with failed thrombectomy and no stent.

with

screened_patients as (

    select * from {{ ref('int_screened_patients') }}

),

grouped as (

    select
        admission_key,
        case
            when is_rescue_stent_placed then 'rescue_stenting'
            when is_rescue_stent_refused then null
            when is_reperfused_after_mt then 'no_rescue_stenting'
        end as study_group
    from screened_patients

)

select * from grouped

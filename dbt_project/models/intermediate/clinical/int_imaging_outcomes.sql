-- Parenchymal hematoma is graded by the worst scan: a patient with PH-1 and later PH-2 counts once,
-- as PH-2. A patient without a follow-up scan is not in this model: the outcome is unknown.
-- Symptomatic hemorrhage is unknown, too, where one scan leaves it open and no other shows it.

with

hemorrhage_scans as (

    select * from {{ ref('int_hemorrhage_imaging') }}

),

worst_per_admission as (

    select
        admission_key,
        max(parenchymal_hematoma_grade) as worst_grade,
        case
            when bool_or(is_sich) then true
            when bool_and(is_sich is not null) then false
        end as is_sich,
        coalesce(bool_or(is_sich), false)
        and not coalesce(bool_or(is_sich and not is_nihss_mute), false) as is_sich_by_death,
        coalesce(bool_or(is_nihss_mute and is_sich is null), false)
        and not coalesce(bool_or(is_sich), false) as is_sich_unclear,
        coalesce(bool_or(is_stent_thrombosis), false) as has_stent_thrombosis
    from hemorrhage_scans
    group by admission_key

),

outcomes as (

    select
        admission_key,
        is_sich,
        is_sich_by_death,
        is_sich_unclear,
        has_stent_thrombosis,
        worst_grade is not null as is_ph,
        coalesce(worst_grade = 1, false) as is_ph1,
        coalesce(worst_grade = 2, false) as is_ph2
    from worst_per_admission

)

select * from outcomes

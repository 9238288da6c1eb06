-- Parenchymal hematoma is graded by the worst scan: a patient with PH-1 and later PH-2 counts once,
-- as PH-2. A patient without a follow-up scan is not in this model: the outcome is unknown.
-- What one scan leaves open is unknown, too, where no other shows it: a hemorrhage of which nobody
-- knows whether it was symptomatic, or a rejected scan that might show a worse one.

with

hemorrhage_scans as (select * from {{ ref('int_hemorrhage_imaging') }}),
rejected_scans as (select * from {{ ref('int_rejected_imaging') }}),

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
        coalesce(bool_or(is_nihss_mute and is_sich is null), false) as is_sich_open,
        coalesce(bool_or(is_stent_thrombosis), false) as has_stent_thrombosis
    from hemorrhage_scans
    group by admission_key

),

with_rejected as (

    select
        worst_per_admission.*,
        coalesce(rejected_scans.is_hemorrhage_possible, false) as is_hemorrhage_possible,
        coalesce(rejected_scans.is_ph_possible, false) as is_ph_possible,
        coalesce(rejected_scans.is_stent_thrombosis_possible, false)
            as is_stent_thrombosis_possible
    from worst_per_admission
    left join rejected_scans
        on worst_per_admission.admission_key = rejected_scans.admission_key

),

outcomes as (

    select
        admission_key,
        is_sich_by_death,
        case when is_sich or not is_hemorrhage_possible then is_sich end as is_sich,
        not coalesce(is_sich, false) and (is_sich_open or is_hemorrhage_possible)
            as is_sich_unclear,
        case when has_stent_thrombosis or not is_stent_thrombosis_possible then has_stent_thrombosis
        end as has_stent_thrombosis,
        case when worst_grade is not null then true when not is_ph_possible then false end as is_ph,
        case
            when worst_grade = 2 then false
            when not is_ph_possible then coalesce(worst_grade = 1, false)
        end as is_ph1,
        case
            when worst_grade = 2 then true
            when not is_ph_possible then false
        end as is_ph2
    from with_rejected

)

select * from outcomes

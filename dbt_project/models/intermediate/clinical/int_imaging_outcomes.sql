-- Parenchymal hematoma is graded by the worst scan: a patient with PH-1 and later PH-2 counts
-- once, as PH-2. A patient without a follow-up scan is not in this model: the outcome is unknown.
-- What one scan leaves open is unknown, too, where no other shows it: a hemorrhage of which nobody
-- knows whether it was symptomatic, or a rejected scan that might show a worse one. ECASS II and
-- III count 7 days of scans and SITS-MOST 36 hours, from the puncture (docs/statistics.md);
-- without a scan in that time the outcome is unknown.

{% set in_first_7_days = 'hours_after_puncture <= 7 * 24' -%}

with

hemorrhage_scans as (select * from {{ ref('int_hemorrhage_imaging') }}),
rejected_scans as (select * from {{ ref('int_rejected_imaging') }}),

worst_per_admission as (

    select
        admission_key,
        max(parenchymal_hematoma_grade) as worst_grade,
        {{ any_scan('is_sich') }} as is_sich,
        {{ any_scan('is_sich_ecass2', in_first_7_days) }} as is_sich_ecass2,
        {{ any_scan('is_sich_ecass3', in_first_7_days) }} as is_sich_ecass3,
        {{ any_scan('is_sich_sits_most', 'hours_after_puncture <= 36') }} as is_sich_sits_most,
        {{ any_scan('is_sich_heidelberg') }} as is_sich_heidelberg,
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
        coalesce(rejected_scans.is_ph2_possible, false) as is_ph2_possible,
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
        case when is_sich_ecass2 or not is_hemorrhage_possible then is_sich_ecass2
        end as is_sich_ecass2,
        case when is_sich_ecass3 or not is_hemorrhage_possible then is_sich_ecass3
        end as is_sich_ecass3,
        case when is_sich_sits_most or not is_ph2_possible then is_sich_sits_most
        end as is_sich_sits_most,
        case when is_sich_heidelberg or not is_hemorrhage_possible then is_sich_heidelberg
        end as is_sich_heidelberg,
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

{{ config(materialized='new_table') }}

-- Symptomatic intracranial hemorrhage on a scan after thrombectomy, by each definition (sources,
-- and what could not be verified: docs/statistics.md). Null where the signs leave it open. Times
-- after the puncture count where scans are combined (int_imaging_outcomes).
-- As published (Guo 2023, Methods): any hemorrhage, with an NIHSS that has risen by at least the
-- registry's number of points over the NIHSS on admission. (The paper's wording, "an increase in
-- the NIHSS score to >= 4 from any baseline", is ambiguous.) Where the NIHSS cannot show a rise,
-- because none was recorded or because it is at the end of the scale, a fatal hemorrhage is
-- symptomatic.
-- ECASS II: the same, with 4 points.
-- ECASS III: any hemorrhage that was the cause of a rise over the lowest NIHSS, or of death. A
-- reader tells the cause; without one a hemorrhage is the cause, and of a hemorrhagic infarction
-- it is open.
-- SITS-MOST: PH-2, here or remote, with a rise over the lowest NIHSS up to 24 hours, or a death.
-- No field has the size of a remote hematoma.
-- Heidelberg: any hemorrhage with a rise over the NIHSS just before, or of 2 points in one item,
-- or with an intervention, and no other cause. Fields have the first alone, so no NIHSS rules it
-- out.

with

signs as (select * from {{ ref('int_hemorrhage_signs') }}),

symptomatic as (

    select
        imaging_key,
        admission_key,
        hemorrhage_type,
        nihss_at_imaging,
        nihss_increase,
        parenchymal_hematoma_grade,
        hours_after_procedure,
        hours_after_puncture,
        is_hemorrhage,
        is_parenchymal_hematoma,
        is_stent_thrombosis,
        imaged_at,
        is_hemorrhage and is_risen_as_published is null as is_nihss_mute,
        is_hemorrhage and coalesce(is_risen_as_published, nullif(is_fatal, false)) as is_sich,
        is_hemorrhage and coalesce(is_risen, nullif(is_fatal, false)) as is_sich_ecass2,
        is_hemorrhage
        and (is_risen_from_lowest or is_fatal)
        and coalesce(adjudicated_sich, nullif(not is_hemorrhagic_infarction, false))
            as is_sich_ecass3,
        is_ph2 and (is_risen_from_lowest_24h or is_fatal) as is_sich_sits_most,
        is_hemorrhage
        and coalesce(adjudicated_sich, nullif(coalesce(is_risen_from_last, false), false))
            as is_sich_heidelberg
    from signs

)

select * from symptomatic

with

analyzed_patients as (

    select * from {{ ref('int_analyzed_patients') }}

),

patients as (

    select * from {{ ref('int_patients') }}

),

index_procedures as (

    select * from {{ ref('int_index_procedures') }}

),

scan_outcomes as (

    select * from {{ ref('int_imaging_outcomes') }}

),

sich_events as (

    select * from {{ ref('int_sich_events') }}

),

reinterventions as (

    select * from {{ ref('int_reinterventions') }}

),

outcomes_90d as (

    select * from {{ ref('int_outcomes_90d') }}

),

warned_rows as (

    select * from {{ ref('int_patient_warnings') }}

),

study_definition as (

    select * from {{ ref('stg_study_definition') }}

),

joined as (

    select
        patients.*,
        index_procedures.* exclude (admission_key, patient_key, site),  -- noqa: RF02
        analyzed_patients.study_group,
        scan_outcomes.has_stent_thrombosis,
        scan_outcomes.is_sich,
        sich_events.hours_after_procedure as sich_hours_after_procedure,
        scan_outcomes.is_ph,
        scan_outcomes.is_ph1,
        scan_outcomes.is_ph2,
        outcomes_90d.mrs_90d,
        outcomes_90d.is_good_outcome,
        outcomes_90d.is_dead_90d,
        outcomes_90d.days_to_death,
        reinterventions.days_to_reintervention,
        warned_rows.warned_rows,
        coalesce(reinterventions.is_stented_later, false) as is_stented_later,
        index_procedures.residual_stenosis_pct > study_definition.stenosis_threshold_pct
            as is_above_stenosis_threshold
    from analyzed_patients
    inner join patients
        on analyzed_patients.admission_key = patients.admission_key
    inner join index_procedures
        on analyzed_patients.admission_key = index_procedures.admission_key
    inner join outcomes_90d
        on analyzed_patients.admission_key = outcomes_90d.admission_key
    inner join warned_rows
        on analyzed_patients.admission_key = warned_rows.admission_key
    left join reinterventions
        on analyzed_patients.admission_key = reinterventions.admission_key
    left join scan_outcomes
        on analyzed_patients.admission_key = scan_outcomes.admission_key
    left join sich_events
        on analyzed_patients.admission_key = sich_events.admission_key
    cross join study_definition

)

select * from joined
order by patient_key

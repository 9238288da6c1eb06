with

screened_patients as (select * from {{ ref('int_screened_patients') }}),
first_exclusions as (select * from {{ ref('int_first_exclusions') }}),
patients as (select * from {{ ref('int_patients') }}),
index_procedures as (select * from {{ ref('int_index_procedures') }}),
scan_outcomes as (select * from {{ ref('int_imaging_outcomes') }}),
sich_events as (select * from {{ ref('int_sich_events') }}),
reinterventions as (select * from {{ ref('int_reinterventions') }}),
outcomes_90d as (select * from {{ ref('int_outcomes_90d') }}),
record_versions as (select * from {{ ref('stg_record_versions') }}),
study_definition as (select * from {{ ref('stg_study_definition') }}),

warned_rows as (

    select
        admission_key,
        cast(count(*) filter (where is_warned) as integer) as warned_rows
    from record_versions
    where version_status = 'current'
    group by admission_key

),

joined as (

    select
        patients.*,
        index_procedures.* exclude (admission_key, patient_key, site),  -- noqa: RF02
        screened_patients.study_group,
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
        case
            when reinterventions.admission_key is null then false
            else reinterventions.is_stented_later
        end as is_stented_later,
        index_procedures.residual_stenosis_pct > study_definition.stenosis_threshold_pct
            as is_above_stenosis_threshold
    from screened_patients
    inner join patients
        on screened_patients.admission_key = patients.admission_key
    inner join index_procedures
        on screened_patients.admission_key = index_procedures.admission_key
    inner join outcomes_90d
        on screened_patients.admission_key = outcomes_90d.admission_key
    inner join warned_rows
        on screened_patients.admission_key = warned_rows.admission_key
    left join reinterventions
        on screened_patients.admission_key = reinterventions.admission_key
    left join scan_outcomes
        on screened_patients.admission_key = scan_outcomes.admission_key
    left join sich_events
        on screened_patients.admission_key = sich_events.admission_key
    left join first_exclusions
        on screened_patients.admission_key = first_exclusions.admission_key
    cross join study_definition
    where first_exclusions.admission_key is null

)

select * from joined
order by patient_key

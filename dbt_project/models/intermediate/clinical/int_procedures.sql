{{ config(materialized='new_table') }}

-- A procedure whose admission is not current (withdrawn, say) is not in the registry. An
-- interval that is impossible is missing. In the hour that comes twice, a time that its order puts
-- into the first one puts those before it there, too: the intervals of a stroke add up.

{% set zone = 'clocks.time_zone' -%}

with

procedures as (select * from {{ source('raw', 'procedures') }}),
current_rows as (select * from {{ ref('int_current_rows') }}),
patients as (select * from {{ ref('int_patients') }}),
impossible_values as (select * from {{ ref('stg_impossible_values') }}),
time_zones as (select * from {{ source('raw', 'time_zones') }}),
occlusion_site as (select * from {{ ref('occlusion_site') }}),
anesthesia as (select * from {{ ref('anesthesia') }}),
mtici as (select * from {{ ref('mtici') }}),
rescue_stent as (select * from {{ ref('rescue_stent') }}),

clocks as (

    select
        procedures.row_id,
        time_zones.time_zone,
        {{ is_read_twice('procedures.puncture_at', 'procedures.ended_at', 'time_zones.time_zone') }}
            as is_puncture_first,
        {{ is_in_first_hour(
            'patients.arrived_at', 'procedures.puncture_at', 'is_puncture_first',
            'time_zones.time_zone'
        ) }} as is_arrival_first,
        {{ is_in_first_hour(
            'patients.onset_at', 'patients.arrived_at', 'is_arrival_first', 'time_zones.time_zone'
        ) }}
        or {{ is_in_first_hour(
            'patients.onset_at', 'procedures.puncture_at', 'is_puncture_first',
            'time_zones.time_zone'
        ) }} as is_onset_first
    from procedures
    inner join patients
        on procedures.admission_key = patients.admission_key
    inner join time_zones
        on procedures.site = time_zones.site

),

current_procedures as (

    select
        procedures.*,
        occlusion_site.artery as occlusion_artery,
        occlusion_site.circulation,
        occlusion_site.is_intracranial as is_intracranial_occlusion,
        occlusion_site.is_internal_carotid_artery,
        occlusion_site.is_middle_cerebral_artery,
        occlusion_site.is_basilar_artery,
        occlusion_site.is_vertebral_artery,
        anesthesia.is_general as is_general_anesthesia,
        mtici_after.is_successful_reperfusion as is_reperfused_after_mt,
        mtici_after.is_near_complete_reperfusion as is_nearly_complete_after_mt,
        rescue_stent.is_placed as is_rescue_stent_placed,
        rescue_stent.is_refused as is_rescue_stent_refused,
        mtici_end.is_successful_reperfusion as is_reperfused_final,
        mtici_end.is_near_complete_reperfusion as is_nearly_complete_final,
        mtici_end.is_complete_reperfusion as is_complete_final,
        current_rows.is_warned,
        {{ possible(
            'onset_to_puncture_min',
            minutes_between(
                'patients.onset_at', 'procedures.puncture_at', zone,
                ('clocks.is_onset_first', 'clocks.is_puncture_first')
            )
        ) }} as onset_to_puncture_min,
        {{ possible(
            'door_to_puncture_min',
            minutes_between(
                'patients.arrived_at', 'procedures.puncture_at', zone,
                ('clocks.is_arrival_first', 'clocks.is_puncture_first')
            )
        ) }} as door_to_puncture_min,
        {{ possible(
            'procedure_duration_min',
            minutes_between('procedures.puncture_at', 'procedures.ended_at', zone)
        ) }} as procedure_duration_min
    from procedures
    inner join current_rows
        on procedures.row_id = current_rows.row_id
    inner join patients
        on procedures.admission_key = patients.admission_key
    left join impossible_values
        on procedures.row_id = impossible_values.row_id
    left join clocks
        on procedures.row_id = clocks.row_id
    left join occlusion_site
        on procedures.occlusion_site = occlusion_site.code
    left join anesthesia
        on procedures.anesthesia = anesthesia.code
    left join mtici as mtici_after
        on procedures.mtici_after_mt = mtici_after.code
    left join mtici as mtici_end
        on procedures.mtici_final = mtici_end.code
    left join rescue_stent
        on procedures.rescue_stent = rescue_stent.code

)

select * from current_procedures

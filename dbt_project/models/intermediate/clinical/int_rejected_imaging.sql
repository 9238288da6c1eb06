-- What open rejected scans of a stroke might show. One that belongs to no stroke of its patient,
-- for want of a time or of a right number, may be of each that began before it.

with

open_scans as (select * from {{ ref('int_open_imaging') }}),
patients as (select * from {{ ref('int_patients') }}),
record_versions as (select * from {{ source('raw', 'record_versions') }}),
hemorrhage_type as (select * from {{ ref('hemorrhage_type') }}),
stent_patency as (select * from {{ ref('stent_patency') }}),

-- Accepted or waiting.
known_strokes as (

    select distinct
        site,
        patient_key,
        record_key
    from record_versions
    where extract = 'admissions'

),

of_no_stroke as (

    select open_scans.*
    from open_scans
    left join known_strokes
        on
            open_scans.site = known_strokes.site
            and open_scans.patient_key = known_strokes.patient_key
            and open_scans.admission_key = known_strokes.record_key
    where
        known_strokes.record_key is null
        and open_scans.admission_key <> 'waiting'

),

of_strokes as (

    select
        admission_key,
        hemorrhage_type,
        stent_patency,
        unparsed_fields
    from open_scans
    union all
    select
        patients.admission_key,
        of_no_stroke.hemorrhage_type,
        of_no_stroke.stent_patency,
        of_no_stroke.unparsed_fields
    from of_no_stroke
    inner join patients
        on
            of_no_stroke.site = patients.site
            and of_no_stroke.patient_key = patients.patient_key
    where
        of_no_stroke.admission_key = 'none'
        or coalesce(patients.onset_at <= of_no_stroke.imaged_at, true)

),

possible as (

    select
        of_strokes.admission_key,
        bool_or(coalesce(hemorrhage_type.is_hemorrhage, true)) as is_hemorrhage_possible,
        bool_or(coalesce(hemorrhage_type.is_parenchymal_hematoma, true)) as is_ph_possible,
        bool_or(
            hemorrhage_type.code is null
            or coalesce(hemorrhage_type.heidelberg_class in ('2', '3a'), false)
        ) as is_ph2_possible,
        bool_or(
            coalesce(
                stent_patency.is_thrombosis,
                list_contains(of_strokes.unparsed_fields, 'stent_patency'),
                false
            )
        ) as is_stent_thrombosis_possible
    from of_strokes
    left join hemorrhage_type
        on of_strokes.hemorrhage_type = hemorrhage_type.code
    left join stent_patency
        on of_strokes.stent_patency = stent_patency.code
    group by of_strokes.admission_key

)

select * from possible

-- A further procedure on a later day than the index procedure: the groups of a study go by the
-- index procedure, so a stent of the next day is in none of its numbers. Whether one was placed is
-- unknown while a rejected procedure of a later day may have it. One that belongs to no stroke of
-- its patient, as where it names a wrong admission, may be of each that was treated before.

with

procedures as (select * from {{ ref('int_procedures') }}),
index_procedures as (select * from {{ ref('int_index_procedures') }}),
open_procedures as (select * from {{ ref('int_open_procedures') }}),
record_versions as (select * from {{ source('raw', 'record_versions') }}),

-- Accepted or waiting.
known_strokes as (

    select distinct
        site,
        patient_key,
        record_key as admission_key
    from record_versions
    where extract = 'admissions'

),

of_no_stroke as (

    select open_procedures.*
    from open_procedures
    left join known_strokes
        on
            open_procedures.site = known_strokes.site
            and open_procedures.patient_key = known_strokes.patient_key
            and open_procedures.admission_key = known_strokes.admission_key
    where
        known_strokes.admission_key is null
        and open_procedures.admission_key <> 'waiting'

),

open_of_strokes as (

    select
        admission_key,
        happened_at,
        is_stent_possible
    from open_procedures
    union all
    select
        index_procedures.admission_key,
        of_no_stroke.happened_at,
        of_no_stroke.is_stent_possible
    from of_no_stroke
    inner join index_procedures
        on
            of_no_stroke.site = index_procedures.site
            and of_no_stroke.patient_key = index_procedures.patient_key

),

further as (

    select
        admission_key,
        puncture_at,
        is_rescue_stent_placed as is_stented,
        puncture_at as accepted_at
    from procedures
    union all
    select
        admission_key,
        happened_at as puncture_at,
        case when not is_stent_possible then false end as is_stented,
        null as accepted_at
    from open_of_strokes

),

reinterventions as (

    select
        further.admission_key,
        min({{ days_between('index_procedures.puncture_at', 'further.accepted_at') }})
            as days_to_reintervention,
        case
            when bool_or(further.is_stented) then true
            when count(*) = count(further.is_stented) then false
        end as is_stented_later
    from index_procedures
    inner join further
        on index_procedures.admission_key = further.admission_key
    where {{ days_between('index_procedures.puncture_at', 'further.puncture_at') }} > 0
    group by further.admission_key

)

select * from reinterventions

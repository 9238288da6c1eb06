-- A further procedure on a later day than the index procedure: the groups of a study go by the
-- index procedure, so a stent of the next day is in none of its numbers. Whether one was placed is
-- unknown while a rejected procedure of a later day may have it.

with

procedures as (select * from {{ ref('int_procedures') }}),
index_procedures as (select * from {{ ref('int_index_procedures') }}),
open_procedures as (select * from {{ ref('int_open_procedures') }}),

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
    from open_procedures

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

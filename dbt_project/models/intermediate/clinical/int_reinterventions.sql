-- A further procedure on a later day than the index procedure: the groups of a study go by the
-- index procedure, so a stent of the next day is in none of its numbers.

with

procedures as (

    select * from {{ ref('int_procedures') }}

),

index_procedures as (

    select * from {{ ref('int_index_procedures') }}

),

later as (

    select
        procedures.admission_key,
        {{ days_between('index_procedures.puncture_at', 'procedures.puncture_at') }}
            as days_to_reintervention,
        procedures.is_rescue_stent_placed
    from index_procedures
    inner join procedures
        on index_procedures.admission_key = procedures.admission_key

),

reinterventions as (

    select
        admission_key,
        min(days_to_reintervention) as days_to_reintervention,
        coalesce(bool_or(is_rescue_stent_placed), false) as is_stented_later
    from later
    where days_to_reintervention > 0
    group by admission_key

)

select * from reinterventions

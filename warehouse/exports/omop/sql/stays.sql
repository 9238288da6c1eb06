-- The admissions that the CDM can hold: it needs a year of birth and a day. The year is that of the
-- middle of the twelve months in which somebody of that age was born: wrong by one at most. A stay
-- whose discharge is unknown ends with its last procedure.
with

last_procedures as (

    select
        admission_key,
        max(ended_at) as ended_at
    from registry.procedures
    group by admission_key

),

index_procedures as (

    select
        admission_key,
        puncture_at
    from registry.procedures
    where is_index_procedure

),

dated as (

    select
        patients.*,
        index_procedures.puncture_at,
        coalesce(patients.arrived_at, patients.onset_at) as admitted_at,
        coalesce(patients.discharged_on, cast(last_procedures.ended_at as date)) as stayed_until,
        year(
            coalesce(patients.onset_at, patients.arrived_at)
            - to_months(12 * patients.age_years + 6)
        ) as year_of_birth
    from registry.patients
    left join last_procedures
        on patients.admission_key = last_procedures.admission_key
    left join index_procedures
        on patients.admission_key = index_procedures.admission_key

),

-- A patient with several strokes was born once.
born_once as (

    select
        * replace (
            first_value(year_of_birth ignore nulls) over (
                partition by patient_key
                order by admitted_at, admission_key
                rows between unbounded preceding and unbounded following
            ) as year_of_birth,
            greatest(cast(admitted_at as date), stayed_until) as stayed_until
        )
    from dated

)

select * from born_once
where year_of_birth is not null and admitted_at is not null

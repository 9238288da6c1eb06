{#- Each row belongs to a patient of the registry; returns those that do not. -#}
{% test patient_is_registered(model) %}

with

patients as (

    select * from {{ ref('patients') }}

),

failures as (

    select
        checked.*,
        'the patient is not in registry.patients' as failure_reason
    from {{ model }} as checked
    left join patients
        on checked.patient_key = patients.patient_key
    where patients.patient_key is null

)

select * from failures

{% endtest %}

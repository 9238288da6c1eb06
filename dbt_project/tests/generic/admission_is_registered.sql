{#- Each row belongs to an admission of the registry; returns those that do not. -#}
{% test admission_is_registered(model) %}

with

patients as (

    select * from {{ ref('patients') }}

),

failures as (

    select
        checked.*,
        'the admission is not in registry.patients' as failure_reason
    from {{ model }} as checked
    left join patients
        on checked.admission_key = patients.admission_key
    where patients.admission_key is null

)

select * from failures

{% endtest %}

{#-
    The grain of a model: one row for each value of `columns`, none of them null.
    Returns the rows that break it, with the reason.
-#}
{% test one_row_per(model, columns) %}

with

counted as (

    select
        {{ columns | join(', ') }},
        count(*) as n_rows
    from {{ model }}
    group by {{ columns | join(', ') }}

),

failures as (

    select
        *,
        case when n_rows > 1 then 'more than one row' else 'part of the key is null' end
            as failure_reason
    from counted
    where n_rows > 1 or {{ columns | join(' is null or ') }} is null

)

select * from failures

{% endtest %}

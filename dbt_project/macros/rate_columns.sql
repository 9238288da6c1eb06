{#- How many rows a condition holds for, of how many it is known for, and the percentage. -#}
{% macro rate_columns(condition, name) -%}
    count(*) filter (where {{ condition }}) as n_{{ name }},
    count({{ condition }}) as n_{{ name }}_known,
    100.0 * count(*) filter (where {{ condition }}) / nullif(count({{ condition }}), 0)
        as pct_{{ name }}
{%- endmacro %}

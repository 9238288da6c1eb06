{#-
    How many rows a condition holds for, of how many it is known for, and the percentage, among the
    rows that `among` holds for.
-#}
{% macro rate_columns(condition, name, among='true') -%}
    count(*) filter (where {{ among }} and {{ condition }}) as n_{{ name }},
    count({{ condition }}) filter (where {{ among }}) as n_{{ name }}_known,
    100.0 * count(*) filter (where {{ among }} and {{ condition }})
    / nullif(count({{ condition }}) filter (where {{ among }}), 0) as pct_{{ name }}
{%- endmacro %}

{#- The time point of a follow-up that is not at 90 days; null for one at 90 days. -#}
{% macro other_time_point(column) -%}
    nullif({{ column }}, 'day_90')
{%- endmacro %}

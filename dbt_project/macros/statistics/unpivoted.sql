{#- Columns as rows: study, subject, study_group, statistic (the column), quantity. -#}
{% macro unpivoted(relation, subject, study_group, columns) -%}
    {%- for column in columns -%}
        select
            study,
            {{ subject }} as subject,
            {{ study_group }} as study_group,
            '{{ column }}' as statistic,
            cast({{ column }} as double) as quantity
        from {{ relation }}
        {% if not loop.last %}union all{% endif %}
    {% endfor -%}
{%- endmacro %}

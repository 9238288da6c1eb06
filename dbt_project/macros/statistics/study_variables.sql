{#- The variables that have a line in this relation (the seed table_lines), comma-separated. -#}
{% macro study_variables(table_lines) -%}
    {%- if execute -%}
        {%- set query -%}
            select distinct variable from {{ table_lines }} order by variable
        {%- endset -%}
        {{- run_query(query).columns[0].values() | join(',') -}}
    {%- else -%}
        age_years
    {%- endif -%}
{%- endmacro %}

{#- Comments of the columns that a hospital's own studies declare: no file of dbt names them. -#}
{% macro comment_study_variables() -%}
    {%- if execute -%}
        {%- set declared = source('raw', 'study_variables') -%}
        {%- set variables = run_query('select variable, description from ' ~ declared) -%}
        {%- for row in variables.rows %}
    comment on column {{ this }}."{{ row['variable'] }}"
    is {{ duckdb_escape_comment(row['description']) }};
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

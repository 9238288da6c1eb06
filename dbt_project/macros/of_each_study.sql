{#-
    The rows that a query of each study gives, one after the other. The queries are made from the
    studies' folders (warehouse.cohorts.membership) and stand in a column of raw.studies; while dbt
    parses, `reads` stands for them, the relation that they read.
-#}
{% macro of_each_study(column, reads) -%}
    {%- set studies = source('raw', 'studies') -%}
    {%- set by_place = 'select ' ~ column ~ ' as query from ' ~ studies ~ ' order by place' -%}
    {%- set unknown = [{'query': 'select * from ' ~ reads}] -%}
    {%- set found = run_query(by_place).rows if execute else unknown -%}
    {%- for row in found %}
    select * from ({{ row['query'] }})
    {{ 'union all by name' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

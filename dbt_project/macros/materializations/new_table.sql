{#-
    A table of a database that did not exist before this build: made once, under its own name.

    dbt's own `table` builds beside the table that may be there, renames twice and drops, because
    people may be reading. Here nobody can: the whole file is new, and is published by a rename.
    Comments are set by one statement instead of one for each column.
-#}
{% materialization new_table, adapter="duckdb" -%}

    {%- set relation = this.incorporate(type='table') -%}

    {% call statement('main') -%}
        drop table if exists {{ relation }};
        {{ create_table_as(False, relation, compiled_code, 'sql') }}
    {%- endcall %}

    {%- if config.persist_relation_docs() -%}
        {% call statement('comments') -%}
            {{ all_comments(relation, model) }}
        {%- endcall %}
    {%- endif -%}

    {{ adapter.commit() }}

    {{ return({'relations': [relation]}) }}

{%- endmaterialization %}

{#- A view of a database that did not exist before this build. -#}
{% materialization new_view, adapter="duckdb" -%}

    {%- set relation = this.incorporate(type='view') -%}

    {% call statement('main') -%}
        drop view if exists {{ relation }};
        {{ get_create_view_as_sql(relation, compiled_code) }}
    {%- endcall %}

    {{ adapter.commit() }}

    {{ return({'relations': [relation]}) }}

{%- endmaterialization %}

{% macro all_comments(relation, model) -%}
    comment on table {{ relation }} is {{ duckdb_escape_comment(model.description) }};
    {% for column in model.columns.values() -%}
    comment on column {{ relation }}."{{ column.name }}"
    is {{ duckdb_escape_comment(column.description) }};
    {% endfor %}
{%- endmacro %}

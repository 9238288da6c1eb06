{#-
    A table of a database that did not exist before this build: made once, under its own name.

    dbt's own `table` builds beside the table that may be there, renames twice and drops, because
    people may be reading. Here nobody can: the whole file is new, and is published by a rename.
    The contract of a mart chooses its columns: the model may have others.
-#}
{% materialization new_table, adapter="duckdb", supported_languages=['sql', 'python'] -%}

    {%- set relation = this.incorporate(type='table') -%}

    {% call statement('drop_earlier') -%}
        drop table if exists {{ relation }}
    {%- endcall %}
    {% if model['language'] == 'python' %}
        {#- A Python model writes on a connection of its own: it must see that the table is gone. -#}
        {% do adapter.commit() %}
    {% endif %}
    {%- if model['language'] == 'sql' and config.get('contract').enforced -%}
        {%- set code = get_select_subquery(compiled_code) -%}
    {%- else -%}
        {%- set code = compiled_code -%}
    {%- endif -%}
    {% call statement('main', language=model['language']) -%}
        {{ create_table_as(False, relation, code, model['language']) }}
    {%- endcall %}

    {% do persist_docs(relation, model) %}
    {{ run_hooks(post_hooks) }}

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

    {% do persist_docs(relation, model) %}

    {{ adapter.commit() }}

    {{ return({'relations': [relation]}) }}

{%- endmaterialization %}

{#-
    In the place of dbt-duckdb's own, which first asks the catalog for the columns of the relation:
    60 ms for each table and seed. Here a described column that is not there is an error.
-#}
{% macro duckdb__alter_column_comment(relation, column_dict) -%}
    {% for column in column_dict.values() -%}
    comment on column {{ relation }}."{{ column.name }}"
    is {{ duckdb_escape_comment(column.description) }};
    {% endfor %}
{%- endmacro %}

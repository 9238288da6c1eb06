{#-
    Holds every model and seed of a build to its grain, and the loaded tables that they read, in one
    query at the build's end.

    `meta: {grain: [column, ...]}` says what a row stands for: the columns together are unique and
    none of them is null; `other_keys` lists further such columns. A test of its own for each of a
    hundred models would cost dbt more than all of their SQL. A published view has the grain of the
    table below it: to count its rows each night would cost what the view saves.
-#}
{% macro hold_to_grain(results) -%}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set checks = [] -%}
        {%- for result in results if result.status == 'success' and result.node.config.meta -%}
            {%- set meta = result.node.config.meta -%}
            {%- set is_published_view = result.node.database == 'release'
                and result.node.config.materialized == 'new_view' -%}
            {%- for key in [meta.grain] + meta.get('other_keys', [])
                if key and not is_published_view -%}
                {%- do checks.append(rows_that_break(result.node, key)) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set loaded = [] -%}
        {%- for result in results
            if result.status == 'success' and result.node.resource_type == 'model' -%}
            {%- for name in result.node.depends_on.nodes if name.startswith('source.') -%}
                {%- do loaded.append(graph.sources[name]) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for table in loaded | unique(attribute='name') if table.config.meta -%}
            {%- do checks.append(rows_that_break(table, table.config.meta.grain)) -%}
        {%- endfor -%}
        {%- if checks -%}
            {%- set broken = run_query(checks | join(' union all ')) -%}
            {%- if broken.rows -%}
                {%- do exceptions.raise_compiler_error(broken.columns[0].values() | join('; ')) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro rows_that_break(node, key) -%}
    select
        '{{ node.name }}: ' || count(*) || ' values of {{ key | join(", ") }} are null or stand in '
        || 'more than one row, and should be a key' as problem
    from (
        select 1
        from {{ node.relation_name }}
        group by {{ key | join(', ') }}
        having count(*) > 1 or {{ key | join(' is null or ') }} is null
    )
    having count(*) > 0
{%- endmacro %}

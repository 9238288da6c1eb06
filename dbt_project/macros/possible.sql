{#-
    The ranges of what is possible stand in the dictionary, and the checks decide on them: the model
    needs a join of `impossible_values` by row_id.
-#}
{% macro possible(column, value) -%}
    case
        when not coalesce(list_contains(impossible_values.derived_columns, '{{ column }}'), false)
            then {{ value }}
    end
{%- endmacro %}

{#- `<name>_on` and `<name>_file` as one event, so that `least` finds the first; null when none. -#}
{% macro event_of(name) -%}
    case
        when {{ name }}_on is not null
            then struct_pack(on_day := {{ name }}_on, by_file := {{ name }}_file)
    end
{%- endmacro %}

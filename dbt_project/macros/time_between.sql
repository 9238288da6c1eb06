{#-
    Completed units between two times (or dates); null when either is null.
    Engines spell this differently, so models call these and never the engine's function.
-#}
{% macro completed_years(earlier, later) -%}
    cast(date_sub('year', {{ earlier }}, {{ later }}) as integer)
{%- endmacro %}

{% macro minutes_between(earlier, later) -%}
    cast(date_sub('minute', {{ earlier }}, {{ later }}) as integer)
{%- endmacro %}

{% macro days_between(earlier, later) -%}
    cast(date_sub('day', cast({{ earlier }} as date), cast({{ later }} as date)) as integer)
{%- endmacro %}

{% macro hours_between(earlier, later) -%}
    date_sub('second', {{ earlier }}, {{ later }}) / 3600.0
{%- endmacro %}

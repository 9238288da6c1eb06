{#-
    Completed units between two times (or dates); null when either is null.
    Engines spell this differently, so models call these and never the engine's function.
-#}
{% macro completed_years(earlier, later) -%}
    {#- Counts birthdays: who was born on 29 February turns a year older on 1 March. -#}
    cast(
        year({{ later }}) - year({{ earlier }})
        - case
            when
                100 * month({{ later }}) + day({{ later }})
                < 100 * month({{ earlier }}) + day({{ earlier }})
                then 1
            else 0
        end as integer
    )
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

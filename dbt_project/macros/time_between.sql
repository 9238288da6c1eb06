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

{#- On the clock of `zone` (null: unknown), so that a night in which it changes has its hours. -#}
{% macro minutes_between(earlier, later, zone='null') -%}
    cast({{ time_passed('minute', earlier, later, zone) }} as integer)
{%- endmacro %}

{% macro days_between(earlier, later) -%}
    cast(date_sub('day', cast({{ earlier }} as date), cast({{ later }} as date)) as integer)
{%- endmacro %}

{% macro hours_between(earlier, later, zone='null') -%}
    {{ time_passed('second', earlier, later, zone) }} / 3600.0
{%- endmacro %}

{#-
    Without a zone, or with a time that its clock skips in spring, clock times are subtracted. Of an
    hour that comes twice in autumn, the second is meant, for nothing tells them apart; but of two
    times in it that would be out of order, the earlier one is of the first.
-#}
{% macro time_passed(unit, earlier, later, zone) -%}
    {%- if zone == 'null' -%}
        date_sub('{{ unit }}', {{ earlier }}, {{ later }})
    {%- else -%}
        coalesce(
            date_sub(
                '{{ unit }}',
                {{ instant(earlier, zone) }}
                - case
                    when {{ is_read_twice(earlier, later, zone) }} then interval 1 hour
                    else interval 0 hour
                end,
                {{ instant(later, zone) }}
            ),
            date_sub('{{ unit }}', {{ earlier }}, {{ later }})
        )
    {%- endif -%}
{%- endmacro %}

{#- As the checks have it (``read_twice`` in expectations/rule.py). -#}
{% macro is_read_twice(earlier, later, zone) -%}
    case
        when {{ earlier }} > {{ later }} and {{ earlier }} < {{ later }} + interval 1 hour
            then coalesce({{ came_twice(earlier, zone) }} and {{ came_twice(later, zone) }}, false)
        else false
    end
{%- endmacro %}

{% macro came_twice(moment, zone) -%}
    timezone({{ zone }}, timezone({{ zone }}, {{ moment }}) - interval 1 hour) = {{ moment }}
{%- endmacro %}

{% macro instant(moment, zone) -%}
    case
        when timezone({{ zone }}, timezone({{ zone }}, {{ moment }})) = {{ moment }}
            then timezone({{ zone }}, {{ moment }})
    end
{%- endmacro %}

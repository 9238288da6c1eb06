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
{% macro minutes_between(earlier, later, zone='null', first_hours=none) -%}
    cast({{ time_passed('minute', earlier, later, zone, first_hours) }} as integer)
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
    times in it that would be out of order, the earlier one is of the first. `first_hours` are two
    conditions on whether the times are of the first hour, where other times tell it.
-#}
{% macro time_passed(unit, earlier, later, zone, first_hours=none) -%}
    {%- set by_order = (is_read_twice(earlier, later, zone), 'false') -%}
    {%- set is_first, is_later_first = first_hours or by_order -%}
    {%- if zone == 'null' -%}
        date_sub('{{ unit }}', {{ earlier }}, {{ later }})
    {%- else -%}
        coalesce(
            date_sub(
                '{{ unit }}',
                {{ instant(earlier, zone) }}
                - {{ an_hour_if(is_first) }},
                {{ instant(later, zone) }} - {{ an_hour_if(is_later_first) }}
            ),
            date_sub('{{ unit }}', {{ earlier }}, {{ later }})
        )
    {%- endif -%}
{%- endmacro %}

{% macro an_hour_if(condition) -%}
    case when {{ condition }} then interval 1 hour else interval 0 hour end
{%- endmacro %}

{#-
    Whether a moment before another one is of the first of two hours: because of their order, or
    because the other one is (`is_later_first`) and this one is of the same night.
-#}
{% macro is_in_first_hour(earlier, later, is_later_first, zone) -%}
    (
        {{ is_read_twice(earlier, later, zone) }}
        or (
            {{ is_later_first }}
            and {{ earlier }} between {{ later }} - interval 1 hour and {{ later }}
            and coalesce({{ came_twice(earlier, zone) }}, false)
        )
    )
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

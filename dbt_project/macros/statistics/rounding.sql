{#- Half up at a fixed number of decimals, robust against binary representation: a double is first
    read as the decimal that it stands for (nine decimals), so 163.475 becomes 163.48 and not
    163.47. Same as warehouse.statistics.rounding.round_half_up; negative numbers round away from zero. -#}
{% macro round_half_up(number, decimals) -%}
    cast(cast({{ number }} as decimal(28, 9)) as decimal(28, {{ decimals }}))
{%- endmacro %}

{#- A number as text with a fixed number of decimals, rounded half up. -#}
{% macro fixed(number, decimals) -%}
    cast({{ round_half_up(number, decimals) }} as varchar)
{%- endmacro %}

{#- The same where the number of decimals (0 to 4) stands in a column. -#}
{% macro fixed_by(number, decimals_column) -%}
    case {{ decimals_column }}
    {%- for decimals in range(5) -%}
        {{ ' ' }}when {{ decimals }} then {{ fixed(number, decimals) }}
    {%- endfor -%}
    {{ ' ' }}end
{%- endmacro %}

{#- At most two decimals, without trailing zeros: 182, 135.5, 158.75. -#}
{% macro shortest(number) -%}
    rtrim(rtrim({{ fixed(number, 2) }}, '0'), '.')
{%- endmacro %}

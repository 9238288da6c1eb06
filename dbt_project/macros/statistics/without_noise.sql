{#- A sum of squared deviations, or 0 where it is no more than the rounding of binary numbers leaves
    of the plain sum of squares (three times 0.1 has no spread, but 0.3 / 3 is not 0.1). -#}
{% macro without_noise(deviations, squares) -%}
    case when {{ deviations }} <= 1e-24 * {{ squares }} then 0 else {{ deviations }} end
{%- endmacro %}

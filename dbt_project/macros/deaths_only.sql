{#-
    Whether only deaths are known of some patients, and not of all: deaths are known without a call,
    so that a rate at 90 days would count the dead alone.
-#}
{% macro deaths_only(n_dead, n_known, n_patients) -%}
    {{ n_dead }} > 0
    and {{ n_dead }} = {{ n_known }}
    and {{ n_known }} < {{ n_patients }}
{%- endmacro %}

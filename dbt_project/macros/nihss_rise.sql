{#-
    Whether the NIHSS at a scan exceeds an earlier one by so many points. Null where it cannot show
    that: one of the two was not recorded, or it is at the end of the scale. Without the NIHSS on
    admission, what was recorded may show a rise, but never that there was none.
-#}
{% macro is_nihss_risen(earlier, points=var('nihss_worsening')) -%}
    case
        when followup_scans.nihss_at_imaging - {{ earlier }} >= {{ points }} then true
        when
            followup_scans.nihss_at_imaging < {{ var('nihss_max') }}
            and followup_scans.baseline_nihss is not null
            then followup_scans.nihss_at_imaging - {{ earlier }} >= {{ points }}
    end
{%- endmacro %}

{#-
    Whether any scan of an admission shows it: false when each scan shows that it does not, null
    when there is no such scan, or one leaves it open. `of_scans` limits the scans.
-#}
{% macro any_scan(sign, of_scans='true') -%}
    case
        when bool_or({{ sign }}) filter (where {{ of_scans }}) then true
        when bool_and({{ sign }} is not null) filter (where {{ of_scans }}) then false
    end
{%- endmacro %}

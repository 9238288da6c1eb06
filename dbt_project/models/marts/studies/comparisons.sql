select
    *,
    coalesce(test, effect) as measure
from {{ ref('int_study_comparisons') }}
order by study, table_name, line, contrast, measure

select
    *,
    coalesce(test, effect) as measure
from {{ ref('int_study_comparisons') }}
order by study, subgroup <> 'all', subgroup, table_name, line, contrast, measure

select
    * exclude (level),
    coalesce(level, '-') as level  -- noqa: RF04
from {{ ref('int_study_cells') }}
order by study, subgroup <> 'all', subgroup, table_name, line, level, study_group, statistic

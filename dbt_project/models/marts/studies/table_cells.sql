select * replace (coalesce(level, '-') as level)
from {{ ref('int_study_cells') }}
order by study, table_name, line, level, study_group, statistic

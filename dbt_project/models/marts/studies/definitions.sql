select * exclude (patients_sql, criteria_sql, value_counts_sql)
from {{ ref('stg_studies') }}
order by place

select *
from {{ ref('stg_studies') }}
order by place

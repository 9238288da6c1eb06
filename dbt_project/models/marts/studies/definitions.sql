select *
from {{ source('raw', 'studies') }}
order by place

select * from {{ source('raw', 'followups') }}

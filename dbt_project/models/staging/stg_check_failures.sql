select * from {{ source('raw', 'check_failures') }}

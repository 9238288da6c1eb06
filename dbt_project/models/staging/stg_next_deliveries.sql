select * from {{ source('raw', 'next_deliveries') }}

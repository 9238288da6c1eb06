select * from {{ source('raw', 'held_deliveries') }}

select * from {{ source('raw', 'expected_deliveries') }}

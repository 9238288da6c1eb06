select * from {{ source('raw', 'studies') }}

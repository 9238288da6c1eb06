select * from {{ source('raw', 'places') }}

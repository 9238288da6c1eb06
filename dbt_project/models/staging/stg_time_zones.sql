select * from {{ source('raw', 'time_zones') }}

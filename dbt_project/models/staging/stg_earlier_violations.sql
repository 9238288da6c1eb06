select * from {{ source('raw', 'earlier_violations') }}

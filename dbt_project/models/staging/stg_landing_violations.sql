select * from {{ source('raw', 'landing_violations') }}

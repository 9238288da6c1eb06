select * from {{ source('raw', 'imaging') }}

select * from {{ source('raw', 'procedures') }}

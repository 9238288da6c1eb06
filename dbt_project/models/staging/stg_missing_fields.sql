select * from {{ source('raw', 'missing_fields') }}

select * from {{ source('raw', 'field_uses') }}

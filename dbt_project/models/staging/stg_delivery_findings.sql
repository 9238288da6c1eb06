select * from {{ source('raw', 'delivery_findings') }}

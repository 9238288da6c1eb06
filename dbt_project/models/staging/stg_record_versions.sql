select * from {{ source('raw', 'record_versions') }}

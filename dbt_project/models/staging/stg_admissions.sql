select * from {{ source('raw', 'admissions') }}

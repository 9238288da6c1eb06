select * from {{ source('raw', 'study_definition') }}

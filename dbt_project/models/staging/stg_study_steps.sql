select * from {{ source('raw', 'study_steps') }}

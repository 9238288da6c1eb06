select * from {{ source('raw', 'study_groups') }}

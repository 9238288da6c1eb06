select * from {{ source('raw', 'study_lines') }}

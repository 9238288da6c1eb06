select * from {{ source('raw', 'study_groups') }}
order by study, place

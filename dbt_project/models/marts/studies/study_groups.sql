select * from {{ ref('stg_study_groups') }}
order by study, place

select * from {{ ref('stg_study_definition') }}

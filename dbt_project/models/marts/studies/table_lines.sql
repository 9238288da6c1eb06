select * from {{ ref('stg_study_lines') }}
order by study, table_name, line

select * from {{ source('raw', 'study_lines') }}
order by study, table_name, line

-- Guo 2023, Table 2: outcomes of both groups, one row per printed line, with effect sizes.

select * from {{ ref('int_study_tables') }}
where table_name = 'table2'
order by line

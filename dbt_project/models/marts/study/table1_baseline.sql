-- Guo 2023, Table 1: baseline of both groups, one row per printed line.

select * from {{ ref('int_study_tables') }}
where table_name = 'table1'
order by line

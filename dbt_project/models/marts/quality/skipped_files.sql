-- They were not landed, so no rule could check them.

select * from {{ ref('stg_skipped_files') }}
order by source_file

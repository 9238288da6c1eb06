-- They were not landed, so no rule could check them.

select * from {{ source('raw', 'skipped_files') }}
order by source_file

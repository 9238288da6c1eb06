-- None of them is among the deliveries: they were not landed, so no rule could check them.

select * from {{ ref('stg_skipped_files') }}
order by source_file

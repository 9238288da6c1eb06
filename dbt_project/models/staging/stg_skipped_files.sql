select * from {{ source('raw', 'skipped_files') }}

select * from {{ source('raw', 'site_ranges') }}

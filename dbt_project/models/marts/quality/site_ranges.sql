-- A range that no site changes is the dictionary's, in docs/codebook.md.

with

ranges as (select * from {{ source('raw', 'site_ranges') }})

select
    site,
    extract,
    field,
    possible,
    usual,
    possible_elsewhere,
    usual_elsewhere
from ranges
order by site, extract, field

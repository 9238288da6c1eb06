-- Earlier refreshes alone: what the steps of this one took is written when they have ended.

select * from {{ source('raw', 'steps') }}
order by started_at, refresh_id, attempt

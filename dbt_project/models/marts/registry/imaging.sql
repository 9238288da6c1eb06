select * from {{ ref('int_imaging') }}
order by imaging_key

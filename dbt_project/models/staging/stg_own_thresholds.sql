select * from {{ source('raw', 'own_thresholds') }}

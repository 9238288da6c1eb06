select * exclude (content_sha256) from {{ source('raw', 'files') }}

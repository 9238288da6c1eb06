with

source as (

    select * from {{ source('raw', 'files') }}

),

staged as (

    select
        file_id,
        site,
        delivered_on,
        extract,
        source_file,
        file_sha256,
        size_bytes,
        file_format,
        encoding,
        delimiter,
        mode,
        status,
        reason,
        duplicate_of,
        rows_in_file,
        rows_landed,
        rows_unreadable,
        rows_no_record,
        rows_unread,
        has_unread_records,
        unknown_columns,
        missing_columns,
        mapping_sha256,
        dictionary_sha256
    from source

)

select * from staged

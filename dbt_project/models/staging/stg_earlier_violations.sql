with

source as (

    select * from {{ source('raw', 'earlier_violations') }}

),

staged as (

    select
        violation_id,
        problem_id,
        rule,
        title,
        severity,
        kahn_category,
        kahn_context,
        extract,
        site,
        source_file,
        source_row,
        record_key,
        field,
        found,
        expected,
        why,
        action,
        status,
        closed_how,
        closed_by_file,
        delivered_on,
        first_seen_on,
        last_seen_on,
        closed_on
    from source

)

select * from staged

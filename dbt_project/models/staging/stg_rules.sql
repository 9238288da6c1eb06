with

source as (select * from {{ source('raw', 'rules') }}),

staged as (

    select
        rule,
        extract,
        field,
        "constraint" as rule_constraint,
        severity,
        kahn_category,
        kahn_context,
        title,
        expected,
        why,
        source,
        action,
        unit,
        consequence,
        max_failed_share,
        min_rows
    from source

)

select * from staged

with

source as (

    select * from {{ source('raw', 'rules') }}

),

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
        action
    from source

)

select * from staged

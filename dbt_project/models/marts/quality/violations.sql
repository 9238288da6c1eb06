with

violations as (

    select * from {{ ref('int_violations') }}

),

rules as (

    select * from {{ ref('stg_rules') }}

),

explained as (

    select
        violations.violation_id,
        violations.rule,
        rules.title,
        violations.severity,
        rules.kahn_category,
        violations.extract,
        violations.site,
        violations.source_file,
        violations.source_row,
        violations.record_key,
        violations.field,
        violations.found,
        rules.why,
        violations.status,
        violations.closed_by_file,
        violations.delivered_on,
        violations.closed_on,
        coalesce(violations.expected, rules.expected) as expected,
        coalesce(violations.action, rules.action) as action
    from violations
    left join rules
        on violations.rule = rules.rule

)

select * from explained
order by delivered_on, source_file, source_row, field, rule, violation_id

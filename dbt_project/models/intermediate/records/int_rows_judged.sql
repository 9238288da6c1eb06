{{ config(materialized='new_table') }}

-- A row is rejected when landing or a check objects to it with severity `reject`, or when it has no
-- key and so belongs to no record. A warning flags the row and changes nothing else.

with

delivered as (

    {% for extract in ['admissions', 'procedures', 'imaging', 'followups'] %}
        select
            row_id,
            '{{ extract }}' as extract,
            site,
            record_key,
            patient_key,
            source_file,
            source_row,
            delivered_on
        from {{ ref('stg_' ~ extract) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

landing_violations as (

    select * from {{ ref('stg_landing_violations') }}

),

check_failures as (

    select * from {{ ref('stg_check_failures') }}

),

objections as (

    select
        row_id,
        severity
    from landing_violations
    union all
    select
        row_id,
        severity
    from check_failures

),

objections_per_row as (

    select
        row_id,
        bool_or(severity = 'reject') as is_rejected,
        bool_or(severity = 'warn') as is_warned
    from objections
    where row_id is not null
    group by row_id

),

judged as (

    select
        delivered.row_id,
        delivered.extract,
        delivered.site,
        delivered.record_key,
        delivered.patient_key,
        delivered.source_file,
        delivered.source_row,
        delivered.delivered_on,
        delivered.record_key is not null
        and not coalesce(objections_per_row.is_rejected, false) as is_accepted,
        coalesce(objections_per_row.is_warned, false) as is_warned
    from delivered
    left join objections_per_row
        on delivered.row_id = objections_per_row.row_id

)

select * from judged

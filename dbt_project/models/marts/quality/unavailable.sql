-- What a site cannot have, because a field that it needs was never delivered.

with

field_uses as (select * from {{ source('raw', 'field_uses') }}),
missing_fields as (select * from {{ source('raw', 'missing_fields') }}),
study_lines as (select * from {{ source('raw', 'study_lines') }}),
study_steps as (select * from {{ source('raw', 'study_steps') }}),

unavailable as (

    select
        missing_fields.site,
        field_uses.kind,
        field_uses.study,
        field_uses.name,
        coalesce(
            any_value(study_lines.label), any_value(study_steps.label), field_uses.name
        ) as label,
        string_agg(
            field_uses.extract || '.' || field_uses.field,
            ', '
            order by field_uses.extract, field_uses.field
        ) as missing_fields
    from field_uses
    inner join missing_fields
        on
            field_uses.extract = missing_fields.extract
            and field_uses.field = missing_fields.field
    left join study_lines
        on
            field_uses.kind = 'table line'
            and field_uses.study = study_lines.study
            and field_uses.name = study_lines.variable
    left join study_steps
        on
            field_uses.kind = 'criterion'
            and field_uses.study = study_steps.study
            and field_uses.name = study_steps.step_name
    group by missing_fields.site, field_uses.kind, field_uses.study, field_uses.name

)

select * from unavailable
order by site, kind, study, name

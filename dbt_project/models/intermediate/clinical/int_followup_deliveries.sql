-- How far a site's follow-up is known: the day of its newest delivery that brought an accepted
-- follow-up. A file with its header alone, rows that are all rejected, a held delivery and a file
-- whose content was known before say nothing new of anybody, so none of them counts.

with

files as (

    select * from {{ ref('stg_files') }}

),

record_versions as (

    select * from {{ ref('stg_record_versions') }}

),

newest as (

    select
        files.site,
        max(files.delivered_on) as followups_delivered_on
    from files
    inner join record_versions
        on
            files.source_file = record_versions.landed_file
            and files.delivered_on = record_versions.delivered_on
    where
        files.extract = 'followups'
        and files.status = 'landed'
        and record_versions.extract = 'followups'
        and record_versions.is_accepted
    group by files.site

)

select * from newest

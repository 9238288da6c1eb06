-- How far a site's follow-up is known: the day of its newest delivery of follow-ups. A held one
-- brings no rows, and a file whose content was known before says nothing new, so neither counts.

with

files as (

    select * from {{ ref('stg_files') }}

),

held_deliveries as (

    select * from {{ ref('stg_held_deliveries') }}

),

newest as (

    select
        files.site,
        max(files.delivered_on) as followups_delivered_on
    from files
    left join held_deliveries
        on
            files.extract = held_deliveries.extract
            and files.site = held_deliveries.site
            and files.delivered_on = held_deliveries.delivered_on
    where
        files.extract = 'followups'
        and files.status = 'landed'
        and held_deliveries.site is null
    group by files.site

)

select * from newest

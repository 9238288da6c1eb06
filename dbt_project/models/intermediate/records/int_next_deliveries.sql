-- A `full` delivery holds every record that the site has, so what it lacks no longer exists. It can
-- say so only when it was read completely: each of its files landed, no line unreadable and no row
-- without a key, and not held: of an export that looks cut, nobody believes what it lacks. A file
-- that was resent unchanged is not landed again and withdraws nothing.

with

files as (

    select * from {{ ref('stg_files') }}

),

rows_judged as (

    select * from {{ ref('int_rows_judged') }}

),

held_deliveries as (

    select * from {{ ref('stg_held_deliveries') }}

),

rows_without_key as (

    select
        source_file,
        count(*) as n_rows
    from rows_judged
    where record_key is null
    group by source_file

),

deliveries as (

    select
        files.extract,
        files.site,
        files.delivered_on,
        min(files.source_file) filter (where files.status = 'landed') as landed_file,
        bool_and(
            files.mode = 'full'
            and files.status = 'landed'
            and coalesce(files.rows_unreadable, 0) = 0
            and rows_without_key.n_rows is null
            and held_deliveries.extract is null
        ) as is_complete
    from files
    left join rows_without_key
        on files.source_file = rows_without_key.source_file
    left join held_deliveries
        on
            files.extract = held_deliveries.extract
            and files.site = held_deliveries.site
            and files.delivered_on = held_deliveries.delivered_on
    -- A file whose name says no extract is set aside, and no part of any extract's delivery.
    where files.extract is not null
    group by files.extract, files.site, files.delivered_on

),

with_next as (

    select
        deliveries.extract,
        deliveries.site,
        deliveries.delivered_on,
        arg_min(later.landed_file, later.delivered_on) as next_landed_file,
        arg_min(later.landed_file, later.delivered_on) filter (where later.is_complete)
            as next_full_file,
        min(later.delivered_on) as next_landed_on,
        min(later.delivered_on) filter (where later.is_complete) as next_full_on
    from deliveries
    left join deliveries as later
        on
            deliveries.extract = later.extract
            and deliveries.site = later.site
            and deliveries.delivered_on < later.delivered_on
            and later.landed_file is not null
    group by deliveries.extract, deliveries.site, deliveries.delivered_on

)

select * from with_next

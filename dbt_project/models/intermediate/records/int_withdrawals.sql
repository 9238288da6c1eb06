-- A record is withdrawn by the first complete full delivery after it was last seen, when that
-- delivery has no row with its key. A rejected row with the key still shows that the record exists.

with

rows_judged as (

    select * from {{ ref('int_rows_judged') }}

),

next_deliveries as (

    select * from {{ ref('int_next_deliveries') }}

),

sightings as (

    select distinct
        extract,
        site,
        record_key,
        delivered_on as seen_on
    from rows_judged
    where record_key is not null

),

sightings_with_next as (

    select
        *,
        lead(seen_on) over (
            partition by extract, site, record_key
            order by seen_on
        ) as next_seen_on
    from sightings

),

withdrawals as (

    select
        sightings_with_next.extract,
        sightings_with_next.site,
        sightings_with_next.record_key,
        next_deliveries.next_full_file as withdrawn_file,
        sightings_with_next.seen_on as last_seen_on,
        next_deliveries.next_full_on as withdrawn_on
    from sightings_with_next
    inner join next_deliveries
        on
            sightings_with_next.extract = next_deliveries.extract
            and sightings_with_next.site = next_deliveries.site
            and sightings_with_next.seen_on = next_deliveries.delivered_on
    where
        next_deliveries.next_full_on is not null
        and (
            sightings_with_next.next_seen_on is null
            or next_deliveries.next_full_on < sightings_with_next.next_seen_on
        )

)

select * from withdrawals
